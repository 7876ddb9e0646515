"""What runs on a schedule for kept answers; the table is in `celery.py`."""

from celery import shared_task

from controlplane.idempotency import services


@shared_task
def forget_answers() -> int:
    return services.forget_answers()
