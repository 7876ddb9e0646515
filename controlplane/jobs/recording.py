"""Putting runs on record, and letting go of old ones."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone as clock

from controlplane.errors import DomainError
from controlplane.jobs.models import ERROR_LENGTH_MAX, RESULT_LENGTH_MAX, JobRun, RunState

KEPT = 50  # of each job and state
TRIM = """
DELETE FROM jobs_jobrun WHERE job = %s AND state = %s AND id < (
    SELECT id FROM jobs_jobrun WHERE job = %s AND state = %s ORDER BY id DESC OFFSET %s LIMIT 1)
"""


def recorded(job: str, work: Callable[[], Any]) -> Any:
    """Runs it; how it ended is on record, and is raised as ever."""
    run = JobRun.objects.create(job=job, began_at=clock.now())
    _trim(run)
    try:
        result = work()
    except Exception as error:
        _ended(run, RunState.FAILED, error=words_of(error))
        raise
    _ended(run, RunState.DONE, result="" if result is None else str(result))
    return result


def words_of(error: Exception) -> str:
    """A refusal in its own words. Of all else only its kind: texts may quote an address or data."""
    if isinstance(error, DomainError):
        return error.message
    return f"{type(error).__name__}; the log of the worker says more."


def _ended(run: JobRun, state: RunState, *, result: str = "", error: str = "") -> None:
    run.state, run.ended_at = state, clock.now()
    run.result, run.error = result[:RESULT_LENGTH_MAX], error[:ERROR_LENGTH_MAX]
    run.save(update_fields=["state", "ended_at", "result", "error"])
    _trim(run)


def _trim(run: JobRun) -> None:
    place = [run.job, run.state]
    with connection.cursor() as cursor:
        cursor.execute(TRIM, [*place, *place, KEPT - 1])
