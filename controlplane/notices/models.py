"""Where notices go, which alerts go there, what waits, and what became of each try."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from controlplane.accounts.models import Customer
from controlplane.actions.models import MINUTES_MAX, ActionKind
from controlplane.alerts.models import Kind, Severity
from controlplane.fields import Described, SlugField
from controlplane.validators import validate_timezone

ERROR_LENGTH_MAX = 500


class ChannelKind(models.TextChoices):
    WEBHOOK = "webhook", "Signed webhook"
    APPRISE = "apprise", "Chat, mail or pager, by an Apprise URL"


class Channel(Described):
    """A destination. Its address and secret are sealed, and never shown again."""

    CUSTOMER_PATHS = ("customer_id",)

    id = SlugField(primary_key=True)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="notice_channels"
    )
    kind = models.CharField(max_length=16, choices=ChannelKind.choices)
    credential_sealed = models.BinaryField(editable=False)
    destination = models.CharField(max_length=300, editable=False, help_text="Without secrets.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        verbose_name = "notice channel"

    def __str__(self) -> str:
        return self.name or self.id


class Digest(models.TextChoices):
    IMMEDIATE = "immediate", "Each at once"
    HOURLY = "hourly", "Together, each hour"
    DAILY = "daily", "Together, each morning at eight"


class Rule(Described):
    """Which alerts a channel hears of. Empty lists are all; without a customer, everybody's."""

    CUSTOMER_PATHS = ("customer_id",)

    id = SlugField(primary_key=True)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="alert_rules"
    )
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="rules")
    kinds = ArrayField(
        models.CharField(max_length=32, choices=Kind.choices), default=list, blank=True
    )
    severities = ArrayField(
        models.CharField(max_length=16, choices=Severity.choices), default=list, blank=True
    )
    digest = models.CharField(max_length=16, choices=Digest.choices, default=Digest.IMMEDIATE)
    quiet_from = models.TimeField(null=True, blank=True, help_text="Critical ones go out anyway.")
    quiet_to = models.TimeField(null=True, blank=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    action = models.CharField(
        max_length=16,
        choices=ActionKind.choices,
        blank=True,
        default="",
        db_default="",
        help_text="What is done at once when such an alert is opened; empty: it is only told.",
    )
    action_minutes = models.PositiveIntegerField(
        default=60,
        db_default=60,
        validators=[MinValueValidator(1), MaxValueValidator(MINUTES_MAX)],
        help_text="For how long.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        verbose_name = "alert rule"
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_to=None)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="alert_rule_quiet_hours_have_both_ends",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.id

    @property
    def matches_everything(self) -> bool:
        return not (self.customer_id or self.kinds or self.severities)

    def clean(self) -> None:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValidationError({"quiet_to": "Quiet hours need both ends, or none."})
        if self.channel.customer_id not in (None, self.customer_id):
            raise ValidationError({"channel": "This channel belongs to another customer."})
        if self.action and not self.kinds:
            raise ValidationError({"kinds": "Name the kinds of alerts that are acted on."})


class Change(models.TextChoices):
    OPENED = "opened", "Opened"
    RISEN = "risen", "More severe"
    RESOLVED = "resolved", "Over"


class AlertEvent(models.Model):
    """The outbox: a trigger writes it in the transaction that changes the alert."""

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    at = models.DateTimeField()
    change = models.CharField(max_length=16, choices=Change.choices)
    customer_id = models.CharField(max_length=100, null=True)
    team_id = models.CharField(max_length=100, null=True)
    alert = models.JSONField(help_text="The alert as it was then.")
    is_routed = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_routed=False), name="alert_event_to_route"),
            models.Index(fields=["customer_id"], name="alert_event_of_customer"),
        ]


class State(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    GIVEN_UP = "given_up", "Given up"


class Notice(models.Model):
    """One message to one channel. Its id stays the same however often it is sent."""

    CUSTOMER_PATHS = ("channel__customer_id",)

    sequence = models.BigAutoField(primary_key=True)
    id = SlugField(unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="notices")
    rule = models.ForeignKey(Rule, null=True, on_delete=models.SET_NULL, related_name="notices")
    events = models.ManyToManyField(AlertEvent, related_name="notices")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    is_digest = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(
                fields=["channel", "due_at", "sequence"],
                condition=Q(state="waiting"),
                name="notice_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.id


class Delivery(models.Model):
    """One try to deliver a notice, as the log has it."""

    CUSTOMER_PATHS = ("notice__channel__customer_id",)

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    at = models.DateTimeField()
    is_delivered = models.BooleanField()
    error = models.CharField(max_length=ERROR_LENGTH_MAX, blank=True)
    took_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
