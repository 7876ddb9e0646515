"""The rows that the ledger keeps for budgets, which nobody edits.

They are written by the named statements in `billing/sql` alone.
"""

from django.db import models
from django.db.models import Q

from billing.money import ZERO
from controlplane.budgets.models.budget import Budget
from controlplane.fields import UsdField
from controlplane.read_only import ReadOnlyModel


class Balance(ReadOnlyModel):
    """What is spent and reserved of a budget in one window; the ledger's counter.

    A budget whose period is changed starts counting anew: its balances of the old one stay.
    """

    CUSTOMER_PATHS = tuple(f"budget__{path}" for path in Budget.CUSTOMER_PATHS)
    TEAM_PATHS = tuple(f"budget__{path}" for path in Budget.TEAM_PATHS)

    id = models.BigAutoField(primary_key=True)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="balances")
    period = models.CharField(max_length=16, help_text="The budget's, when this was opened.")
    window_start = models.DateTimeField()
    window_end = models.DateTimeField(null=True)
    spent_usd = UsdField(default=ZERO, db_default=ZERO)
    reserved_usd = UsdField(default=ZERO, db_default=ZERO)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "period", "window_start"], name="one_balance_per_window"
            ),
            models.CheckConstraint(
                condition=Q(reserved_usd__gte=0), name="balance_reserved_not_negative"
            ),
        ]


class BalanceBucket(ReadOnlyModel):
    """The part of a rolling balance's spend that one bucket of time holds."""

    CUSTOMER_PATHS = tuple(f"balance__{path}" for path in Balance.CUSTOMER_PATHS)
    TEAM_PATHS = tuple(f"balance__{path}" for path in Balance.TEAM_PATHS)

    balance = models.ForeignKey(Balance, on_delete=models.PROTECT, related_name="buckets")
    bucket_start = models.DateTimeField()
    spent_usd = UsdField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["balance", "bucket_start"], name="one_bucket_per_start")
        ]


class Process(ReadOnlyModel):
    """A data-plane process that may draw from balances.

    `generation` fences it: what was begun in an earlier one moves no money. `seen_at` is its
    heartbeat; one not seen for a whole lease is taken for dead, and its allowances come back.
    """

    id = models.CharField(primary_key=True, max_length=32)
    host = models.CharField(max_length=255)
    generation = models.IntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "processes"


class Allowance(ReadOnlyModel):
    """The slice of a balance that a process holds: what it may spend without asking again."""

    CUSTOMER_PATHS = tuple(f"balance__{path}" for path in Balance.CUSTOMER_PATHS)
    TEAM_PATHS = tuple(f"balance__{path}" for path in Balance.TEAM_PATHS)

    balance = models.ForeignKey(Balance, on_delete=models.PROTECT, related_name="allowances")
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="allowances")
    amount_usd = UsdField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["balance", "process"], name="one_allowance_per_balance_and_process"
            ),
            models.CheckConstraint(condition=Q(amount_usd__gte=0), name="allowance_not_negative"),
        ]


class LedgerEntry(ReadOnlyModel):
    """One signed, immutable adjustment of a balance, with its reason.

    What calls cost is in the usage records; together they explain every balance.
    """

    CUSTOMER_PATHS = tuple(f"balance__{path}" for path in Balance.CUSTOMER_PATHS)
    TEAM_PATHS = tuple(f"balance__{path}" for path in Balance.TEAM_PATHS)

    id = models.BigAutoField(primary_key=True)
    balance = models.ForeignKey(Balance, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField(auto_now_add=True)
    amount_usd = UsdField()
    reason = models.TextField()
    actor = models.CharField(max_length=200)

    class Meta:
        verbose_name_plural = "ledger entries"
