"""Statements, what is corrected after them, and the rates they are billed at.

A statement and its adjustments are never changed or deleted: the database refuses.
"""

from django.core.validators import MinValueValidator
from django.db import models

from controlplane.accounts.models import Customer
from controlplane.fields import SlugField, UsdField
from controlplane.validators import validate_currency

REASON_LENGTH_MAX = 1000


class ExchangeRate(models.Model):
    """How much of a currency one US dollar is, from a day on."""

    CUSTOMER_PATHS = ()

    id = SlugField(primary_key=True, editable=False)
    currency = models.CharField(max_length=3, validators=[validate_currency])
    valid_from = models.DateField()
    per_usd = models.DecimalField(
        "per US dollar",
        max_digits=20,
        decimal_places=10,
        validators=[MinValueValidator(0)],
        help_text="Units of the currency for one US dollar.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["currency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "valid_from"], name="one_rate_for_each_day"
            ),
            models.CheckConstraint(condition=models.Q(per_usd__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} from {self.valid_from}"


class Statement(models.Model):
    """What a customer is billed for a month, as it was when the month was closed.

    `content` is all that the pages and files of it show; `content_hash` is the SHA-256 of what is
    frozen (`freezing.py`), so that anybody can tell whether a copy is the same.
    """

    CUSTOMER_PATHS = ("customer_id",)

    id = SlugField(primary_key=True, editable=False, max_length=120)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="statements")
    month = models.CharField(max_length=7)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    timezone = models.CharField(max_length=64)
    total_usd = UsdField()
    currency = models.CharField(max_length=3)
    rate_per_usd = models.DecimalField(max_digits=20, decimal_places=10)
    rate_valid_from = models.DateField(null=True, blank=True, help_text="Empty for US dollars.")
    amount_due = models.DecimalField(
        max_digits=24, decimal_places=2, help_text="In the currency, rounded once, half up."
    )
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    closed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["-starts_at", "customer_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "month"], name="one_statement_for_each_month"
            )
        ]

    def __str__(self) -> str:
        return self.id


class AdjustmentKind(models.TextChoices):
    LATE_USAGE = "late_usage", "Usage booked after the close"
    CORRECTION = "correction", "Correction"


class Adjustment(models.Model):
    """One signed correction of a closed month, with its reason."""

    CUSTOMER_PATHS = ("statement__customer_id",)

    id = SlugField(primary_key=True, editable=False)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="adjustments")
    kind = models.CharField(max_length=16, choices=AdjustmentKind.choices)
    amount_usd = UsdField(help_text="Positive: the customer owes more.")
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount_usd=0), name="adjustment_is_some")
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}: {self.amount_usd}"
