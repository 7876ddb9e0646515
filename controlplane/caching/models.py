"""Answers that may be given again: written by the data plane, listed and purged here."""

from django.db import models

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

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "cache entries"
        indexes = [
            models.Index(fields=["customer_id", "namespace"], name="cache_entry_of_customer"),
            models.Index(fields=["expires_at"], name="cache_entry_expires"),
            models.Index(fields=["used_at"], name="cache_entry_used"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.model_requested}"
