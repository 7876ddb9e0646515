"""What runs on a schedule for privacy; the table is in `celery.py`."""

from celery import shared_task

from controlplane.privacy import services


@shared_task
def carry_out_erasures() -> int:
    return services.carry_out_erasures()


@shared_task
def forget() -> dict[str, int]:
    """By night: what is too old, and what came late to an erasure."""
    services.forget_late_records()
    return services.forget_old()
