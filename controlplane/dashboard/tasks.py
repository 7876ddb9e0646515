"""What runs on a schedule for the dashboard; the table is in `celery.py`."""

from celery import shared_task
from django.utils import timezone

from controlplane.dashboard.background.files import forget_files
from controlplane.dashboard.background.making import make_files


@shared_task
def make_exports() -> int:
    """Makes the files that members asked for; returns how many."""
    forget_files(timezone.now())
    return make_files()
