"""What runs on a schedule for statements; the table is in `celery.py`."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from controlplane.statements import closing


@shared_task
def close_due_months() -> int:
    """Makes the statements of months that are over; how many there were."""
    after = timedelta(hours=settings.CLOSE_MONTHS_AFTER_HOURS)
    return len(closing.close_due_months(after=after).statements)


@shared_task
def adjust_closed_months() -> int:
    """Adjusts what was booked on closed months since; how many adjustments there were."""
    return len(closing.adjust_closed_months())
