"""Questions about the past, and their answers; large ones are answered by a task."""

from django.db import models

from controlplane.accounts.models import Customer, Team
from controlplane.fields import SlugField


class State(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Being computed"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class WhatIf(models.Model):
    """One question, as it was asked, and its answer once there is one.

    `customer` and `team` are the bounds of whoever asked: the answer is about no more.
    """

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    id = SlugField(primary_key=True, editable=False)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE)
    question = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    answer = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=200)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="what_if_to_answer",
            )
        ]

    def __str__(self) -> str:
        return self.id
