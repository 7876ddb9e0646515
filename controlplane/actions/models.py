"""What was done about alerts. Its subjects are plain ids, as those of alerts are."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from controlplane.fields import SlugField

REASON_LENGTH_MAX = 1000
ERROR_LENGTH_MAX = 500
MINUTES_MAX = 31 * 24 * 60


class ActionKind(models.TextChoices):
    CLAMP = "clamp", "Limit it to its usual spend"
    PAUSE = "pause", "Pause the key"
    REQUEST_RAISE = "request_raise", "Ask for a raise"


class AlertAction(models.Model):
    """One act, and until when it holds. With an `error` it was tried, and nothing was done.

    What it made is another row: a change of a limit, a pause of a key, a raise that is asked for.
    """

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    id = SlugField(primary_key=True, editable=False)
    alert_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=ActionKind.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    rule_id = models.CharField(max_length=100, blank=True, help_text="Empty: a person did it.")
    reason = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Taken back before its end.")
    ended_by = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=ERROR_LENGTH_MAX, blank=True)
    customer_id = models.CharField(max_length=100, null=True, blank=True)
    team_id = models.CharField(max_length=100, null=True, blank=True)
    virtual_key_id = models.CharField(max_length=100, null=True, blank=True)
    budget_id = models.CharField(max_length=100, null=True, blank=True)
    limit_change_id = models.CharField(max_length=100, blank=True)
    raise_request_id = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["alert_id", "rule_id"],
                condition=~Q(rule_id=""),
                name="a_rule_acts_once_on_an_alert",
            )
        ]
        indexes = [models.Index(fields=["alert_id", "-at"], name="action_of_alert")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.alert_id}"

    @property
    def lasts(self) -> timedelta | None:
        return None if self.ends_at is None else self.ends_at - self.at
