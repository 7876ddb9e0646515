"""What was asked and answered. The data plane writes it, the control plane reads and forgets it."""

from django.db import models

from controlplane.read_only import ReadOnlyModel


class StoredContent(ReadOnlyModel):
    """One request and its answer, sealed. The request's usage record says the rest."""

    CUSTOMER_PATHS = ("customer_id",)

    request_id = models.CharField(primary_key=True, max_length=64)
    at = models.DateTimeField(db_index=True)
    customer_id = models.CharField(max_length=100)
    virtual_key_id = models.CharField(max_length=100)
    sealed = models.BinaryField()
    bytes = models.IntegerField()
    is_cut = models.BooleanField(help_text="Something was longer than is kept.")

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["customer_id", "at"], name="content_of_customer")]

    def __str__(self) -> str:
        return self.request_id
