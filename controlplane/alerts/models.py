"""An alert: something that needs a decision, from when it was seen until it is over."""

from django.db import models
from django.db.models import Q

from billing.anomalies.labels import Verdict
from controlplane.fields import SlugField, UsdField

CAUSE_LENGTH_MAX = 500
TITLE_LENGTH_MAX = 500
NOTE_LENGTH_MAX = 1000


class Kind(models.TextChoices):
    """What is the matter, in the words of the dashboard."""

    REFUSING = "refusing", "Refusing"
    OVER = "over", "Over"
    RUNS_OUT = "runs_out", "Runs out"
    UNUSUAL = "unusual", "Unusual"
    NO_PRICE = "no_price", "No price"
    PROVIDER_PAUSED = "provider_paused", "Provider paused"
    BOOKS_BEHIND = "books_behind", "Books behind"
    DISAGREES = "disagrees", "Disagrees"
    EXPIRES = "expires", "Expires"
    RETRY_STORM = "retry_storm", "Retry storm"
    RAISE_REQUESTED = "raise_requested", "Raise asked for"
    JOB_FAILED = "job_failed", "Job failed"
    POSSIBLE_LEAK = "possible_leak", "Possible leak"


class Severity(models.TextChoices):
    """How soon somebody should look."""

    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class State(models.TextChoices):
    OPEN = "open", "Open"
    RESOLVED = "resolved", "Resolved"


# What somebody who looked says of it.
VERDICTS = [(verdict.value, verdict.value.capitalize()) for verdict in Verdict]


class Alert(models.Model):
    """One thing that needs a decision. Its subjects are plain ids: an alert outlives them.

    Without a customer it is about the installation, and nobody who is bound to one sees it.
    """

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    id = SlugField(primary_key=True, editable=False)
    kind = models.CharField(max_length=32, choices=Kind.choices)
    severity = models.CharField(max_length=16, choices=Severity.choices)
    cause = models.CharField(
        max_length=CAUSE_LENGTH_MAX, help_text="Equal for what is the same thing, seen again."
    )
    title = models.CharField(max_length=TITLE_LENGTH_MAX, help_text="One sentence.")
    facts = models.JSONField(
        default=dict, blank=True, help_text="Figures behind the sentence; money as text."
    )
    amount_usd = UsdField(
        null=True, blank=True, help_text="The money that it is about, where it is about money."
    )
    customer_id = models.CharField(max_length=100, null=True, blank=True)
    team_id = models.CharField(max_length=100, null=True, blank=True)
    virtual_key_id = models.CharField(max_length=100, null=True, blank=True)
    budget_id = models.CharField(max_length=100, null=True, blank=True)
    api_token_id = models.CharField(max_length=100, null=True, blank=True)
    provider_id = models.CharField(max_length=100, null=True, blank=True)
    model_id = models.CharField(max_length=300, null=True, blank=True)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(
        max_length=200, blank=True, help_text="Who closed it; nobody where it ended by itself."
    )
    resolution = models.CharField(max_length=NOTE_LENGTH_MAX, blank=True)
    feedback = models.CharField(max_length=16, null=True, blank=True, choices=VERDICTS)
    feedback_by = models.CharField(max_length=200, blank=True)
    feedback_at = models.DateTimeField(null=True, blank=True)
    planned_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when the same is no news, where it was planned."
    )

    class Meta:
        ordering = ["-opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cause"],
                condition=Q(resolved_at=None),
                name="one_open_alert_for_each_cause",
            ),
            models.CheckConstraint(
                condition=Q(feedback=None, feedback_at=None)
                | Q(feedback__isnull=False, feedback_at__isnull=False),
                name="alert_feedback_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(planned_until=None)
                | Q(feedback=Verdict.PLANNED.value, feedback__isnull=False),
                name="alert_planned_until_of_planned",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="alert_newest"),
            models.Index(fields=["customer_id", "-opened_at"], name="alert_of_customer"),
            models.Index(fields=["cause", "-opened_at"], name="alert_of_cause"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> State:
        return State.OPEN if self.resolved_at is None else State.RESOLVED
