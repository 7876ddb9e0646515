"""Job failed: scheduled jobs whose last run failed, or that did not run in time.

This is a job itself: that none runs at all, only the page of jobs can say.
"""

from collections.abc import Mapping
from datetime import datetime

from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Sighting
from controlplane.alerts.watching.days import cause_of_the_day
from controlplane.alerts.watching.words import moment
from controlplane.jobs.standing import Job, jobs

AREA = "job/"


def unwell(opened: Mapping[str, Alert], at: datetime) -> list[Sighting]:
    """Until it succeeds."""
    return [_sighting(each, opened, at) for each in jobs(at) if not each.is_well]


def _sighting(job: Job, opened: Mapping[str, Alert], at: datetime) -> Sighting:
    return Sighting(
        kind=Kind.JOB_FAILED,
        severity=Severity.WARNING,
        cause=cause_of_the_day(f"{AREA}{job.task.rpartition('.')[2]}", opened, at),
        title=f"The job “{job.title}” {_words(job)}",
        facts={"job": job.title, "error": job.ended.error if job.ended else ""},
    )


def _words(job: Job) -> str:
    if job.has_failed and job.ended is not None:
        return f"failed: {job.ended.error}"
    if job.hangs and job.last is not None:
        return f"began {moment(job.last.began_at)} and did not end."
    assert job.due_at is not None, "what is late was due"
    return f"was to run {moment(job.due_at)} and did not."
