"""What runs on a schedule for budgets; the table is in `celery.py`."""

from celery import shared_task

from controlplane.budgets import limit_changes


@shared_task
def announce_ended_limit_changes() -> int:
    """Tells the data plane of limits that are over; how many there were."""
    return limit_changes.announce_ended_changes()
