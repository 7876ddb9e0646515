"""What runs on a schedule for questions; the table is in `celery.py`."""

from celery import shared_task

from controlplane.what_if.services import answer_waiting


@shared_task
def answer_what_ifs() -> int:
    """How many were answered."""
    return answer_waiting()
