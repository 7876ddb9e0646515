"""Answers that may be given again: written by the data plane, listed and purged here."""

from django.db import models
from pgvector.django import HalfVectorField

from controlplane.read_only import ReadOnlyModel


class CacheEntry(ReadOnlyModel):
    """One answer, sealed, under the fingerprint of what was asked."""

    CUSTOMER_PATHS = ("customer_id",)

    id = models.BigAutoField(primary_key=True)
    fingerprint = models.BinaryField(unique=True, max_length=32)
    customer_id = models.CharField(max_length=100)
    virtual_key_id = models.CharField(max_length=100, help_text="Of the request it answered first.")
    namespace = models.CharField(max_length=1100, blank=True)
    endpoint = models.CharField(max_length=40)
    model_requested = models.TextField()
    provider = models.CharField(max_length=100)
    model = models.TextField()
    deployment_id = models.TextField()
    sealed = models.BinaryField()
    bytes = models.IntegerField()
    cost_usd = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    hits = models.BigIntegerField()
    scope = models.BinaryField(
        null=True, max_length=32, help_text="All that was asked but the question."
    )
    embedder = models.TextField(null=True)
    dimensions = models.IntegerField(null=True)
    embedding = HalfVectorField(
        null=True, help_text="Of any embedder; each common number of dimensions has an index."
    )
    question_sealed = models.BinaryField(null=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "cache entries"
        indexes = [
            models.Index(fields=["customer_id", "namespace"], name="cache_entry_of_customer"),
            models.Index(fields=["expires_at"], name="cache_entry_expires"),
            models.Index(fields=["used_at"], name="cache_entry_used"),
            models.Index(fields=["scope"], name="cache_entry_scope"),
            models.Index(fields=["virtual_key_id", "used_at"], name="cache_entry_of_key"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.model_requested}"


class CacheEvidence(ReadOnlyModel):
    """How often stored answers of one key were wrong, by the score of the judgement."""

    CUSTOMER_PATHS = ("customer_id",)

    id = models.BigAutoField(primary_key=True)
    customer_id = models.CharField(max_length=100)
    virtual_key_id = models.CharField(max_length=100)
    namespace = models.CharField(max_length=1100, blank=True, db_default="")
    embedder = models.TextField()
    bin = models.IntegerField()
    low = models.FloatField(help_text="The least score of the bin.")
    labels = models.BigIntegerField()
    wrong = models.BigIntegerField()
    served = models.BigIntegerField(db_default=0, help_text="Hits that were not compared.")
    saved_usd = models.DecimalField(
        max_digits=30,
        decimal_places=12,
        db_default=0,
        help_text="What the fresh answers cost that were compared.",
    )
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["virtual_key_id", "embedder", "bin"]
        verbose_name_plural = "cache evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["virtual_key_id", "namespace", "embedder", "bin"],
                name="cache_evidence_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.virtual_key_id} from {self.low}"


class CacheOutcome(ReadOnlyModel):
    """How look-ups of one key ended on one day (UTC), and why."""

    CUSTOMER_PATHS = ("customer_id",)

    id = models.BigAutoField(primary_key=True)
    customer_id = models.CharField(max_length=100)
    virtual_key_id = models.CharField(max_length=100)
    namespace = models.CharField(max_length=1100, blank=True)
    day = models.DateField()
    result = models.CharField(
        max_length=8, help_text="exact, semantic, miss; shadow: would have been an exact hit."
    )
    reason = models.CharField(max_length=40)
    lookups = models.BigIntegerField()
    saved_usd = models.DecimalField(max_digits=30, decimal_places=12)
    embedding_usd = models.DecimalField(max_digits=30, decimal_places=12)
    audit_usd = models.DecimalField(
        max_digits=30, decimal_places=12, help_text="What hits cost that were asked all the same."
    )
    judge_usd = models.DecimalField(max_digits=30, decimal_places=12)

    class Meta:
        ordering = ["-day", "virtual_key_id", "namespace", "result", "reason"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "virtual_key_id", "namespace", "result", "reason"],
                name="cache_outcome_once",
            )
        ]
        indexes = [models.Index(fields=["customer_id", "day"], name="cache_outcome_of_customer")]

    def __str__(self) -> str:
        return f"{self.virtual_key_id} {self.day}: {self.result}"


class CacheLease(ReadOnlyModel):
    """An identical miss that some process is having answered; the others wait for it."""

    fingerprint = models.BinaryField(primary_key=True, max_length=32)
    holder = models.TextField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["fingerprint"]

    def __str__(self) -> str:
        return bytes(self.fingerprint).hex()
