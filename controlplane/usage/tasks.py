"""What runs on a schedule for the usage records and the books; the table is in `celery.py`."""

import logging

from celery import shared_task

from controlplane.usage import services

logger = logging.getLogger(__name__)


@shared_task
def verify_books() -> int:
    """Puts a verdict on record and logs where the books disagree; returns in how many places."""
    differences = services.judge_books()
    for difference in differences:
        logger.error("The books disagree: %s", difference)
    return len(differences)


@shared_task
def fold_metadata() -> int:
    """Keeps the rollup small; logs and counts whose metadata it tells apart no longer."""
    folded = services.fold_metadata()
    for virtual_key in folded:
        logger.info("Metadata of %s takes too many values to be rolled up.", virtual_key)
    return len(folded)


@shared_task
def measure_latencies() -> int:
    """Keeps percentiles up to date; returns how many hours were measured."""
    return len(services.measure_latencies())


@shared_task
def sum_up_days() -> int:
    """Keeps the daily rollup up to date; returns how many days were summed up."""
    return len(services.sum_up_days())
