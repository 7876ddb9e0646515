"""Runs of jobs. Of each job the newest are kept, of those that failed as many again."""

from datetime import timedelta

from django.db import models

RESULT_LENGTH_MAX = 200
ERROR_LENGTH_MAX = 500


class RunState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class JobRun(models.Model):
    """One run of one job, by the name of its task."""

    job = models.CharField(max_length=200)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.RUNNING)
    result = models.CharField(max_length=RESULT_LENGTH_MAX, blank=True)
    error = models.CharField(
        max_length=ERROR_LENGTH_MAX, blank=True, help_text="Without what might be secret."
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["job", "state", "-id"], name="job_run_newest")]

    def __str__(self) -> str:
        return f"{self.job}: {self.state}"

    @property
    def took(self) -> timedelta | None:
        return None if self.ended_at is None else self.ended_at - self.began_at
