"""Bills of providers, what they say by day and model, and how they differ from the books."""

from django.db import models

from controlplane.fields import SlugField, UsdField
from controlplane.validators import validate_timezone


class Invoice(models.Model):
    """One file of a provider, known by its content: loaded twice, it is the same invoice.

    `provider_id` is a plain id, so that a bill outlives what it names. A bill is of the whole
    installation, and shown to nobody who is bound to a customer (no `CUSTOMER_PATHS`).
    """

    id = SlugField(primary_key=True, editable=False)
    provider_id = models.CharField(max_length=100)
    format = models.CharField(max_length=32)
    file_name = models.CharField(max_length=255, blank=True)
    file_hash = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    first_day = models.DateField(help_text="Of the days that it bills, in UTC.")
    last_day = models.DateField()
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    currency = models.CharField(max_length=64, help_text="As the file has it; figures are in USD.")
    unit_usd = UsdField("smallest unit (USD)", help_text="Amounts are written to this.")
    rows = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(help_text="Rows that are wrong, or came twice.")
    duplicates = models.PositiveIntegerField()
    unrelated = models.PositiveIntegerField(help_text="Rows that are not about models.")
    problems = models.JSONField(default=list, blank=True, help_text="The rows left out, named.")
    mapping = models.JSONField(default=dict, blank=True, help_text="Columns, where they were told.")
    aliases = models.JSONField(
        default=dict, blank=True, help_text="Models as the bill calls them, where they were told."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=200)
    reconciled_at = models.DateTimeField()
    billed_usd = UsdField()
    booked_usd = UsdField()
    causes = models.JSONField(
        default=dict, blank=True, help_text="US dollars by cause, as decimal strings."
    )

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider_id", "file_hash"], name="one_invoice_for_each_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_id}, {self.first_day} to {self.last_day}"


class InvoiceLine(models.Model):
    """What the file bills for one day, model and kind of token: the sum of its rows."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    day = models.DateField()
    model = models.CharField(max_length=300, blank=True, help_text="As the bill calls it.")
    kind = models.CharField(max_length=16)
    usd = UsdField(null=True)
    tokens = models.BigIntegerField(null=True)
    rows = models.PositiveIntegerField()

    class Meta:
        ordering = ["day", "model", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "day", "model", "kind"], name="one_line_for_each_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.model} {self.kind}"


class Difference(models.Model):
    """One day and model of an invoice beside the books. `causes` sum to what differs."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="differences")
    day = models.DateField()
    model = models.CharField(max_length=300, blank=True)
    bill_models = models.JSONField(default=list, help_text="As the bill calls it.")
    booked_models = models.JSONField(default=list, help_text="As the books do.")
    billed_usd = UsdField()
    booked_usd = UsdField()
    billed_tokens = models.BigIntegerField(null=True)
    booked_tokens = models.BigIntegerField()
    requests = models.PositiveIntegerField()
    unpriced_requests = models.PositiveIntegerField()
    causes = models.JSONField(default=dict)
    is_sure = models.BooleanField()

    class Meta:
        ordering = ["day", "model"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "day", "model"], name="one_difference_for_each_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.model}"
