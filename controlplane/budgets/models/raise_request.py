"""A raise that somebody asks for, and that somebody else allows or declines."""

from django.db import models
from django.db.models import Q

from controlplane.budgets.models.budget import Budget
from controlplane.budgets.models.limit_change import REASON_LENGTH_MAX, LimitChange
from controlplane.fields import SlugField, UsdField


class RaiseState(models.TextChoices):
    WAITING = "waiting", "Waits for a decision"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Nobody decided in time"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RaiseRequest(models.Model):
    """One step up, within what the budget's policy allows. Of one budget, one waits at a time."""

    CUSTOMER_PATHS = tuple(f"budget__{path}" for path in Budget.CUSTOMER_PATHS)
    TEAM_PATHS = tuple(f"budget__{path}" for path in Budget.TEAM_PATHS)

    id = SlugField(primary_key=True, editable=False)
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="raise_requests")
    amount_usd = UsdField("amount (USD)", help_text="Added to the limit until its window ends.")
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    state = models.CharField(max_length=16, choices=RaiseState.choices, default=RaiseState.WAITING)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=200)
    requested_by_member = models.CharField(
        max_length=150, blank=True, help_text="Who that is, or whose token; nobody for a rule."
    )
    expires_at = models.DateTimeField(help_text="Not decided by then, it is declined.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=REASON_LENGTH_MAX, blank=True)
    limit_change = models.OneToOneField(
        LimitChange, null=True, blank=True, on_delete=models.SET_NULL, related_name="raise_request"
    )

    class Meta:
        ordering = ["-requested_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_usd__gt=0), name="raise_request_is_some"),
            models.UniqueConstraint(
                fields=["budget"],
                condition=Q(state="waiting"),
                name="one_raise_request_waits_for_each_budget",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="raise_request_decided_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget_id}: {self.amount_usd}"
