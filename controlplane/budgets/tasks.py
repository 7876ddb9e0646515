"""What runs on a schedule for budgets; the table is in `celery.py`."""

from celery import shared_task

from controlplane.budgets import carrying, limit_changes, raises


@shared_task
def announce_ended_limit_changes() -> int:
    """Tells the data plane of limits that are over; how many there were."""
    return limit_changes.announce_ended_changes()


@shared_task
def expire_raise_requests() -> int:
    """Declines raises that nobody decided on in time; how many there were."""
    return raises.expire_raise_requests()


@shared_task
def close_windows() -> int:
    """Carries over what is left of windows that are over; how many were closed."""
    return carrying.close_windows()
