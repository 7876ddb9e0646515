"""How each job of the schedule stands: its last runs, when it is due, and whether that is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Max, Min

from controlplane.celery import app
from controlplane.jobs.models import JobRun, RunState

# A worker that is busy with another job is no fault yet.
GRACE = timedelta(minutes=5)


@dataclass(frozen=True)
class Job:
    """One line of the schedule. `last` is the newest run, `failed` the newest that failed."""

    title: str
    task: str
    last: JobRun | None
    ended: JobRun | None
    """The newest that has ended."""
    due_at: datetime | None
    """When it was to run next after the newest; None before anything ran at all."""
    now: datetime

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.now > self.due_at + GRACE

    @property
    def hangs(self) -> bool:
        """It began, and is past the time after which a worker ends it."""
        limit = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT) + GRACE
        began = self.last is not None and self.last.state == RunState.RUNNING
        return began and self.now - self.last.began_at > limit  # type: ignore[union-attr]

    @property
    def has_failed(self) -> bool:
        """The newest that ended did not succeed."""
        return self.ended is not None and self.ended.state == RunState.FAILED

    @property
    def is_well(self) -> bool:
        return not (self.is_late or self.hangs or self.has_failed)


def jobs(now: datetime) -> list[Job]:
    """All of the schedule, by their titles; in three queries."""
    last = _newest([*RunState])
    ended = _newest([RunState.DONE, RunState.FAILED])
    first = JobRun.objects.aggregate(first=Min("began_at"))["first"]
    found = []
    for title, entry in sorted(app.conf.beat_schedule.items()):
        task = entry["task"]
        run = last.get(task)
        since = run.began_at if run is not None else first
        due = None if since is None else _due_after(entry["schedule"], since)
        found.append(Job(title, task, run, ended.get(task), due, now))
    return found


def is_scheduled(task: str) -> bool:
    return any(each["task"] == task for each in app.conf.beat_schedule.values())


def _newest(states: Sequence[str]) -> dict[str, JobRun]:
    newest = JobRun.objects.filter(state__in=states).order_by().values("job")
    ids = newest.annotate(newest=Max("pk")).values_list("newest", flat=True)
    return {run.job: run for run in JobRun.objects.filter(pk__in=list(ids))}


def _due_after(schedule: object, since: datetime) -> datetime:
    start, wait, _ = schedule.remaining_delta(since.astimezone(UTC))  # type: ignore[attr-defined]
    due: datetime = start + wait
    return due
