"""Answers that are kept for whoever sends the same request again."""

from django.db import models


class KeptAnswer(models.Model):
    """The answer to one request with an `Idempotency-Key`, sealed: it may hold a secret."""

    CUSTOMER_PATHS = ()

    id = models.CharField(primary_key=True, max_length=64)
    """SHA-256 of who asked and the key."""
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    sealed = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.id
