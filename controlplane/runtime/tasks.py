"""Housekeeping on a schedule; the table is in `celery.py`."""

from celery import shared_task

from controlplane.runtime import housekeeping


@shared_task
def create_usage_partitions() -> int:
    return housekeeping.create_usage_partitions()


@shared_task
def forget_delivered_messages() -> int:
    return housekeeping.forget_delivered_messages()
