"""Changes of a budget's limit for a time: raised, lent, or lowered."""

from django.db import models
from django.db.models import F, Q

from controlplane.budgets.models.budget import Budget
from controlplane.fields import SlugField, UsdField

REASON_LENGTH_MAX = 1000


class ChangeKind(models.TextChoices):
    RAISED = "raised", "Raised"
    LOWERED = "lowered", "Lowered"
    BORROWED = "borrowed", "Borrowed from another budget"
    LENT = "lent", "Lent to another budget"
    CARRIED_OVER = "carried_over", "Carried over from the window before"


class LimitChange(models.Model):
    """What is added to a budget's limit, or taken from it, from one moment to another.

    While it is in force, the limit is the budget's own plus all of these, and never less than
    nothing (`budgets_limit_in_force` in the database, which the ledger asks at every draw).
    """

    CUSTOMER_PATHS = tuple(f"budget__{path}" for path in Budget.CUSTOMER_PATHS)
    TEAM_PATHS = tuple(f"budget__{path}" for path in Budget.TEAM_PATHS)

    id = SlugField(primary_key=True, editable=False)
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="limit_changes")
    kind = models.CharField(max_length=16, choices=ChangeKind.choices)
    amount_usd = UsdField("amount (USD)", help_text="Added to the limit; negative: taken from it.")
    counterpart = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, help_text="Of a loan."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is undone.")
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=200)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its end was announced."
    )

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_usd=0), name="limit_change_is_some"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="limit_change_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(
                fields=["budget", "starts_at"],
                condition=Q(undone_at=None),
                name="limit_change_in_force",
            ),
            models.Index(
                fields=["ends_at"],
                condition=Q(undone_at=None, ended_at=None),
                name="limit_change_to_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_usd}"

    @property
    def lender_id(self) -> str | None:
        """The budget that it is borrowed from."""
        if self.kind != ChangeKind.BORROWED or self.counterpart is None:
            return None
        return self.counterpart.budget_id
