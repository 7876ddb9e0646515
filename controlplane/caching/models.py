"""Answers that may be given again: written by the data plane, listed and purged here."""

from django.db import models
from pgvector.django import HnswIndex, VectorField

from controlplane.read_only import ReadOnlyModel

DIMENSIONS = 256


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
    embedding = VectorField(dimensions=DIMENSIONS, null=True)
    question_sealed = models.BinaryField(null=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "cache entries"
        indexes = [
            models.Index(fields=["customer_id", "namespace"], name="cache_entry_of_customer"),
            models.Index(fields=["expires_at"], name="cache_entry_expires"),
            models.Index(fields=["used_at"], name="cache_entry_used"),
            models.Index(fields=["scope"], name="cache_entry_scope"),
            HnswIndex(
                fields=["embedding"], name="cache_entry_embedding", opclasses=["vector_cosine_ops"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.model_requested}"


class CacheEvidence(ReadOnlyModel):
    """How often stored answers of one key were wrong, by the score of the judgement."""

    CUSTOMER_PATHS = ("customer_id",)

    id = models.BigAutoField(primary_key=True)
    customer_id = models.CharField(max_length=100)
    virtual_key_id = models.CharField(max_length=100)
    embedder = models.TextField()
    bin = models.IntegerField()
    low = models.FloatField(help_text="The least score of the bin.")
    labels = models.BigIntegerField()
    wrong = models.BigIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["virtual_key_id", "embedder", "bin"]
        verbose_name_plural = "cache evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["virtual_key_id", "embedder", "bin"], name="cache_evidence_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.virtual_key_id} from {self.low}"
