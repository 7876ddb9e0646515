"""What runs on a schedule for the cache; the table is in `celery.py`."""

from celery import shared_task

from controlplane.caching import services


@shared_task
def evict() -> int:
    return services.evict()
