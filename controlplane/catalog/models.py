"""What can be called and for how much.

A `Listing` is one model of the price list (`openai/gpt-4o` as its vendor sells it); a `Model` is
one that we configured at a provider of ours. A price belongs to either. A provider offers every
listing of its `price_list`, so known models work without a row; a configured model comes first.
"""

from functools import reduce
from operator import and_

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from billing.prices import COLUMNS
from controlplane.catalog.deployment_health import (
    DeploymentHealth as DeploymentHealth,  # Django looks for models in here
)
from controlplane.catalog.validators import (
    validate_base_url,
    validate_extra_headers,
    validate_extra_query,
    validate_header_name,
    validate_model_name,
    validate_region,
    validate_tiers,
    validate_upstream_model,
)
from controlplane.fields import Described, SlugField
from dataplane.contract.provider_names import KINDS

MODEL_NAME_LENGTH_MAX = 300
WEIGHT_MAX = 100


class ServiceTier(models.TextChoices):
    """How urgently a call is served; several providers price it differently."""

    STANDARD = "standard"
    BATCH = "batch"
    FLEX = "flex"
    PRIORITY = "priority"
    FAST = "fast"


class Provider(Described):
    """A vendor's API that we have an account at: wire format, address, sealed credential."""

    CUSTOMER_PATHS = ()

    id = SlugField(primary_key=True)
    kind = models.CharField(max_length=32, choices=[(kind, kind) for kind in KINDS])
    base_url = models.CharField(
        "base URL", max_length=500, blank=True, validators=[validate_base_url]
    )
    region = models.CharField(max_length=64, blank=True, validators=[validate_region])
    project = models.CharField(max_length=200, blank=True)
    auth_header = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_header_name],
        help_text="Header that carries the API key, where it is not the kind's own.",
    )
    extra_headers = models.JSONField(default=dict, blank=True, validators=[validate_extra_headers])
    extra_query = models.JSONField(default=dict, blank=True, validators=[validate_extra_query])
    price_list = models.CharField(
        max_length=64,
        blank=True,
        help_text="Vendor whose listings and prices apply; by default told from id, kind and URL.",
    )
    credential_sealed = models.BinaryField(null=True, editable=False)
    credentials_count = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="Known without opening them."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.id


class Listing(models.Model):
    """One model of the price list, with the rule that tells which names mean it."""

    CUSTOMER_PATHS = ()

    id = models.CharField(primary_key=True, max_length=MODEL_NAME_LENGTH_MAX)
    vendor = models.CharField(max_length=64, db_index=True)
    model_name = models.CharField(max_length=MODEL_NAME_LENGTH_MAX)
    title = models.CharField(max_length=300, blank=True)
    match = models.JSONField(help_text="Clause of starts_with, equals, contains, regex, or, and.")
    position = models.PositiveIntegerField(help_text="Order of matching within the vendor.")
    context_window_tokens = models.PositiveIntegerField(null=True, blank=True)
    max_output_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="From our own table; empty where nobody knows."
    )
    is_deprecated = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "model_name"], name="listing_once_per_vendor")
        ]

    def __str__(self) -> str:
        return self.id


class Model(Described):
    """A model at one of our providers: what `provider/name` means upstream (a deployment)."""

    CUSTOMER_PATHS = ()

    id = models.CharField(
        primary_key=True, max_length=MODEL_NAME_LENGTH_MAX, validators=[validate_model_name]
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="models")
    upstream_model = models.CharField(max_length=2048, validators=[validate_upstream_model])
    max_output_tokens = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.id

    @property
    def aliases(self) -> list[str]:
        """With their weights, where these are not 1: as people write them."""
        return [str(row) for row in self.alias_rows.all()]


class ModelAlias(models.Model):
    """A name that services may ask for instead of `provider/name`."""

    alias = models.CharField(
        max_length=MODEL_NAME_LENGTH_MAX, db_index=True, validators=[validate_model_name]
    )
    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="alias_rows")
    weight = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(WEIGHT_MAX)]
    )

    class Meta:
        ordering = ["alias", "id"]
        constraints = [
            models.UniqueConstraint(fields=["alias", "model"], name="alias_once_per_model")
        ]

    def __str__(self) -> str:
        return self.alias if self.weight == 1 else f"{self.alias} {self.weight}"


def _rate() -> models.DecimalField:
    return models.DecimalField(
        null=True,
        blank=True,
        max_digits=20,
        decimal_places=10,
        validators=[MinValueValidator(0)],
    )


RATES = tuple(COLUMNS.values())


class Price(Described):
    """USD per million tokens from a date on, until the next price of the same model and tier.

    An empty rate means that the kind of token is billed at the rate `billing.costs` falls back to.
    A custom price comes before any price of the list. Prices of the past are never edited.
    """

    CUSTOMER_PATHS = ()

    id = models.CharField(primary_key=True, max_length=400)
    listing = models.ForeignKey(
        Listing, null=True, blank=True, on_delete=models.PROTECT, related_name="prices"
    )
    model = models.ForeignKey(
        Model, null=True, blank=True, on_delete=models.PROTECT, related_name="prices"
    )
    service_tier = models.CharField(
        max_length=16, choices=ServiceTier.choices, default=ServiceTier.STANDARD
    )
    valid_from = models.DateTimeField()
    daily_from = models.TimeField(null=True, blank=True, help_text="UTC; for prices by time of day")
    daily_until = models.TimeField(null=True, blank=True)
    input_usd_per_mtok = _rate()
    output_usd_per_mtok = _rate()
    cached_input_usd_per_mtok = _rate()
    cache_write_usd_per_mtok = _rate()
    cache_write_1h_usd_per_mtok = _rate()
    input_audio_usd_per_mtok = _rate()
    cached_input_audio_usd_per_mtok = _rate()
    output_audio_usd_per_mtok = _rate()
    input_image_usd_per_mtok = _rate()
    cached_input_image_usd_per_mtok = _rate()
    output_image_usd_per_mtok = _rate()
    input_video_usd_per_mtok = _rate()
    output_video_usd_per_mtok = _rate()
    output_reasoning_usd_per_mtok = _rate()
    request_usd_per_thousand = _rate()
    web_search_usd_per_thousand = _rate()
    tiers = models.JSONField(
        default=list,
        blank=True,
        help_text="Long-context tiers: [{above_input_tokens, input_usd_per_mtok, …}]",
        validators=[validate_tiers],
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(listing__isnull=True) ^ Q(model__isnull=True),
                name="price_of_a_listing_or_a_model",
            ),
            models.UniqueConstraint(
                fields=["listing", "service_tier", "valid_from", "daily_from"],
                nulls_distinct=False,
                condition=Q(listing__isnull=False),
                name="one_list_price_per_date",
            ),
            models.UniqueConstraint(
                fields=["model", "service_tier", "valid_from", "daily_from"],
                nulls_distinct=False,
                condition=Q(model__isnull=False),
                name="one_model_price_per_date",
            ),
            models.CheckConstraint(
                condition=reduce(and_, (Q(**{f"{rate}__gte": 0}) for rate in RATES)),
                name="price_not_negative",
            ),
        ]
        indexes = [models.Index(F("valid_from"), name="price_valid_from")]

    def __str__(self) -> str:
        return self.id
