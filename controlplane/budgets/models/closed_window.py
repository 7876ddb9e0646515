"""A window that is over, of a budget that carries over what is left of it."""

from django.db import models
from django.db.models import Q

from controlplane.budgets.models.budget import Budget
from controlplane.budgets.models.limit_change import LimitChange
from controlplane.fields import UsdField


class ClosedWindow(models.Model):
    """What it could spend at most, and how much of that went on to the next window.

    From then on the window itself has that much less: `budgets_limit_of_balance` in the database,
    which the ledger asks at every draw, so that nothing can be spent in both.
    """

    CUSTOMER_PATHS = tuple(f"budget__{path}" for path in Budget.CUSTOMER_PATHS)
    TEAM_PATHS = tuple(f"budget__{path}" for path in Budget.TEAM_PATHS)

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="closed_windows")
    period = models.CharField(max_length=16)
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    limit_usd = UsdField(help_text="In force when it ended.")
    carried_usd = UsdField()
    limit_change = models.OneToOneField(
        LimitChange, null=True, blank=True, on_delete=models.SET_NULL, related_name="carried_from"
    )
    closed_at = models.DateTimeField()

    class Meta:
        ordering = ["budget", "window_start"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "period", "window_start"], name="a_window_is_closed_once"
            ),
            models.CheckConstraint(
                condition=Q(carried_usd__gte=0, carried_usd__lte=models.F("limit_usd")),
                name="carried_is_of_the_limit",
            ),
        ]
        indexes = [models.Index(fields=["closed_at"], name="closed_window_latest")]

    def __str__(self) -> str:
        return f"{self.budget_id} until {self.window_end}"
