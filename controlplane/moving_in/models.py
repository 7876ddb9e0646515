"""What was imported into the usage records: told from what was metered, and undone by it."""

from django.db import models

from controlplane.read_only import ReadOnlyModel


class UsageImport(models.Model):
    """One file of past usage. `records` are those that were new.

    They may be any customer's, so that who is bound to one sees no import.
    """

    created_at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField(max_length=255)
    records = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.id} ({self.file_name})"


class ImportedRecord(ReadOnlyModel):
    """A usage record that an import brought; written by `billing/sql/imports` alone."""

    CUSTOMER_PATHS = ()

    request_id = models.CharField(primary_key=True, max_length=64)
    at = models.DateTimeField()
    batch = models.ForeignKey(UsageImport, on_delete=models.PROTECT, related_name="imported")

    class Meta:
        ordering = ["request_id"]
        indexes = [models.Index(fields=["batch", "at"], name="imported_by_batch")]

    def __str__(self) -> str:
        return self.request_id
