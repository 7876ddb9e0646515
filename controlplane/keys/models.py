"""A virtual key is its policy; its secrets are rows of their own, so that rotation can overlap."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from controlplane.accounts.models import Customer, Team
from controlplane.fields import Described, SlugField
from controlplane.keys.validators import (
    validate_cache_endpoints,
    validate_embedder,
    validate_fallbacks,
    validate_models,
    validate_providers,
)
from controlplane.read_only import ReadOnlyModel

REASON_LENGTH_MAX = 1000


class CacheMode(models.TextChoices):
    OFF = "off", "Off"
    EXACT = "exact", "Exact"
    SEMANTIC = "semantic", "Semantic"
    SHADOW = "shadow", "Shadow: measure what it would do, serve nothing"


class StreamFailure(models.TextChoices):
    """What becomes of a stream that breaks off after its first content."""

    ERROR = "error", "End it with an error"
    RESUME = "resume", "Resume: let a fallback go on from the text already sent"


class RetryStorm(models.TextChoices):
    """What becomes of a request that is sent, or refused, over and over."""

    PASS = "pass", "Let it pass"
    BACK_OFF = "back_off", "Hold it back for a moment"


def _ceiling(kind: type[models.Field] = models.PositiveIntegerField) -> Any:
    """A whole number from 1 on, or none."""
    return kind(null=True, blank=True, validators=[MinValueValidator(1)])


class VirtualKey(Described):
    """What a service may do: models, providers, limits, fallbacks, cache. Empty lists allow all."""

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    id = SlugField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="virtual_keys")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="virtual_keys"
    )
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    allowed_providers = models.JSONField(default=list, blank=True, validators=[validate_providers])
    allowed_models = models.JSONField(default=list, blank=True, validators=[validate_models])
    denied_models = models.JSONField(default=list, blank=True, validators=[validate_models])
    requests_per_minute = _ceiling()
    tokens_per_minute = _ceiling(models.PositiveBigIntegerField)
    max_parallel_requests = _ceiling()
    fallbacks = models.JSONField(default=list, blank=True, validators=[validate_fallbacks])
    stream_failure = models.CharField(
        max_length=8,
        choices=StreamFailure.choices,
        default=StreamFailure.ERROR,
        db_default=StreamFailure.ERROR,
        help_text="What becomes of a stream that breaks off after its first content.",
    )
    retry_storm = models.CharField(
        max_length=8,
        choices=RetryStorm.choices,
        default=RetryStorm.PASS,
        db_default=RetryStorm.PASS,
        help_text="What becomes of a request that is sent, or refused, over and over.",
    )
    paused_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Until then it is refused."
    )
    cache_mode = models.CharField(max_length=8, choices=CacheMode.choices, default=CacheMode.OFF)
    cache_threshold = models.DecimalField(
        null=True,
        blank=True,
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    cache_ttl_seconds = _ceiling()
    cache_namespace = models.CharField(max_length=200, blank=True)
    cache_target_error = models.DecimalField(
        null=True,
        blank=True,
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(Decimal("0.5"))],
        help_text="How many of the hits by similarity may be wrong; empty: 0.05.",
    )
    cache_endpoints = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        validators=[validate_cache_endpoints],
        help_text="Endpoints whose answers are reused without being asked to; empty: all.",
    )
    cache_embedder = models.CharField(
        max_length=300,
        blank=True,
        default="",
        db_default="",
        validators=[validate_embedder],
        help_text="The embedding model, as `provider/model`; empty: the local one, without cost.",
    )
    cache_judge = models.CharField(
        max_length=300,
        blank=True,
        default="",
        db_default="",
        validators=[validate_embedder],
        help_text="A model that is asked whether two answers say the same; empty: none.",
    )
    cache_conversations = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Answer by similarity also where tools or earlier turns belong to the request.",
    )
    cache_mb_max = _ceiling()
    store_content = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.id

    def clean(self) -> None:
        if self.team is not None and self.team.customer_id != self.customer_id:
            raise ValidationError({"team": "This team belongs to another customer."})


class VirtualKeySecret(models.Model):
    """One secret of a key, known by its hash; a rotated one works until `expires_at`."""

    CUSTOMER_PATHS = ("virtual_key__customer_id",)
    TEAM_PATHS = ("virtual_key__team_id",)

    virtual_key = models.ForeignKey(VirtualKey, on_delete=models.CASCADE, related_name="secrets")
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(secret_hash__regex=r"^[0-9a-f]{64}$"), name="secret_hash_is_sha256"
            )
        ]

    def __str__(self) -> str:
        return f"…{self.hint}"


class KeyRepetition(ReadOnlyModel):
    """Requests that a key sent over and over: refused with this code, `is_same` if all were alike.

    Only the data plane writes rows. What came ten minutes after the last is counted anew.
    """

    CUSTOMER_PATHS = ("virtual_key__customer_id",)
    TEAM_PATHS = ("virtual_key__team_id",)

    pk = models.CompositePrimaryKey("virtual_key_id", "code")
    virtual_key = models.ForeignKey(
        VirtualKey, on_delete=models.CASCADE, related_name="repetitions"
    )
    code = models.CharField(max_length=64, help_text="`retry_storm`: those that were held back.")
    is_same = models.BooleanField()
    model = models.CharField(max_length=300)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    requests = models.BigIntegerField()

    class Meta:
        ordering = ["virtual_key_id", "code"]
        indexes = [models.Index(fields=["last_at"], name="keyrepetition_last")]


class KeyNetwork(ReadOnlyModel):
    """A network that a working secret of the key was sent from: a /24 of IPv4, a /48 of IPv6.

    Only the data plane adds rows, at most 64 for each key. `last_seen_at` is right to an hour.
    """

    CUSTOMER_PATHS = ("virtual_key__customer_id",)
    TEAM_PATHS = ("virtual_key__team_id",)

    pk = models.CompositePrimaryKey("virtual_key_id", "network")
    virtual_key = models.ForeignKey(VirtualKey, on_delete=models.CASCADE, related_name="networks")
    network = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["virtual_key_id", "first_seen_at"]
        indexes = [models.Index(fields=["first_seen_at"], name="keynetwork_first_seen")]
