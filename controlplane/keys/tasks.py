"""What runs on a schedule for virtual keys; the table is in `celery.py`."""

from celery import shared_task

from controlplane.keys import expiry, leaks


@shared_task
def watch_expiry() -> int:
    """How many of what ends soon were seen for the first time."""
    return sum(opened.is_new for opened in expiry.watch_expiry())


@shared_task
def watch_leaks() -> int:
    """How many keys look leaked that did not before."""
    return sum(opened.is_new for opened in leaks.watch_leaks())
