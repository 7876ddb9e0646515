"""A rule for one metadata key of one customer's requests."""

from django.db import models

from controlplane.accounts.models import Customer
from controlplane.fields import Described
from controlplane.metadata_rules.validators import (
    validate_allowed_values,
    validate_key,
    validate_renames,
)
from controlplane.validators import METADATA_KEY_LENGTH_MAX

ID_LENGTH_MAX = 250


class Violation(models.TextChoices):
    """What becomes of a request that breaks the rule."""

    REFUSE = "refuse", "Refuse it"
    UNALLOCATED = "unallocated", "Answer it, and file the value as 'unallocated'"


class MetadataRule(Described):
    """Whether the key is needed, what it may hold, and what old codes are called in reports."""

    CUSTOMER_PATHS = ("customer_id",)

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, editable=False)
    """`customer/key`."""
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="metadata_rules")
    key = models.CharField(max_length=METADATA_KEY_LENGTH_MAX, validators=[validate_key])
    required = models.BooleanField(default=False, help_text="A request has to have a value.")
    allowed_values = models.JSONField(
        default=list, blank=True, validators=[validate_allowed_values], help_text="Empty: any."
    )
    on_violation = models.CharField(
        max_length=16, choices=Violation.choices, default=Violation.REFUSE
    )
    renames = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_renames],
        help_text="Old codes, and what reports call them: {old: new}.",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "key"], name="metadata_rule_one_per_customer_and_key"
            )
        ]

    def __str__(self) -> str:
        return self.id
