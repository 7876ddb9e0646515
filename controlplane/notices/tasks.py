"""What runs on a schedule for notices; the table is in `celery.py`."""

from celery import shared_task
from django.utils import timezone

from controlplane.notices.routing import route_events
from controlplane.notices.sending import send_due


@shared_task
def send_notices() -> int:
    """How many were delivered."""
    now = timezone.now()
    route_events(now)
    return send_due(now)
