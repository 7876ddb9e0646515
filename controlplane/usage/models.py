"""Usage records, as the data plane booked them. The table is partitioned by day (UTC)."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from controlplane.fields import UsdField
from controlplane.read_only import ReadOnlyModel


class UsageColumns(ReadOnlyModel):
    """What one request consumed and cost, and who answered. Refusals are records, too.

    Owners are plain ids, not foreign keys: a record outlives what it names.
    """

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    request_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    customer_id = models.CharField(max_length=100, null=True)
    team_id = models.CharField(max_length=100, null=True)
    virtual_key_id = models.CharField(max_length=100, null=True)
    metadata = models.JSONField()
    endpoint = models.CharField(max_length=64)
    model_requested = models.TextField(null=True)
    provider = models.CharField(max_length=100, null=True)
    model = models.TextField(null=True)
    status = models.SmallIntegerField()
    error_code = models.CharField(max_length=64, null=True)
    streamed = models.BooleanField()
    cache = models.CharField(max_length=8)
    input_tokens = models.BigIntegerField()
    cached_input_tokens = models.BigIntegerField()
    cache_write_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    reasoning_tokens = models.BigIntegerField()
    token_details = models.JSONField(help_text="Parts priced apart: audio, image, one-hour cache…")
    usage_source = models.CharField(max_length=16)
    service_tier = models.CharField(max_length=16)
    cost_usd = UsdField(null=True)
    saved_usd = UsdField()
    reserved_usd = UsdField()
    price_id = models.TextField(null=True)
    attempts = models.JSONField()
    balances = ArrayField(models.BigIntegerField(), help_text="The balances it was booked on.")
    ttft_ms = models.FloatField(null=True)
    total_ms = models.FloatField()
    gateway_ms = models.FloatField()

    class Meta:
        abstract = True


class UsageRecord(UsageColumns):
    """A record by its key: the partition's time, and the request id."""

    pk = models.CompositePrimaryKey("at", "request_id")
    metadata_said: dict[str, Any] | None = None
    """What the request said, where `metadata` shows it under the names of today."""

    class Meta:
        managed = False
        db_table = "usage_usagerecord"
        ordering = ["-at", "-request_id"]


class BookedRequest(UsageColumns):
    """The same rows for the admin, which knows a row by a single column alone."""

    request_id = models.CharField(primary_key=True, max_length=64)

    class Meta:
        managed = False
        db_table = "usage_usagerecord"
        ordering = ["-at", "-request_id"]
        verbose_name = "usage record"

    def __str__(self) -> str:
        return self.request_id


class Verdict(models.Model):
    """What one verification of the books found; the data plane shows the last one as a metric."""

    CUSTOMER_PATHS = ()

    at = models.DateTimeField(auto_now_add=True)
    differences = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["-at"], name="verdict_latest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.differences}"
