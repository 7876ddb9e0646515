"""Budgets, which people configure, and the rows the ledger keeps for them, which nobody edits.

Configuration and counters never share a row: a `Budget` is written here, a `Balance` and all
below it only by the named statements in `billing/sql`.
"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from billing.money import ZERO
from controlplane.accounts.models import Customer, Team
from controlplane.budgets.validators import validate_alert_thresholds, validate_window
from controlplane.fields import Described, SlugField, UsdField
from controlplane.keys.models import VirtualKey
from controlplane.read_only import ReadOnlyModel
from controlplane.validators import validate_timezone


class Enforcement(models.TextChoices):
    HARD = "hard", "Hard: refuse what does not fit"
    SOFT = "soft", "Soft: count and alert, refuse nothing"


class Shortfall(models.TextChoices):
    """What becomes of a request that a hard budget has too little left for."""

    REFUSE = "refuse", "Refuse it"
    FIT = "fit", "Fit: let it generate no more than what is left pays for"


class OwnerType(models.TextChoices):
    CUSTOMER = "customer", "Customer"
    TEAM = "team", "Team"
    VIRTUAL_KEY = "virtual_key", "Virtual key"


def default_alert_thresholds() -> list[int]:
    return [50, 80, 100]


class Budget(Described):
    """A ceiling on what one owner may spend in each window of a period."""

    CUSTOMER_PATHS = ("customer_id", "team__customer_id", "virtual_key__customer_id")
    TEAM_PATHS = ("team_id", "virtual_key__team_id")

    id = SlugField(primary_key=True)
    owner_type = models.CharField(max_length=16, choices=OwnerType.choices)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="budgets"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="budgets"
    )
    virtual_key = models.ForeignKey(
        VirtualKey, null=True, blank=True, on_delete=models.PROTECT, related_name="budgets"
    )
    limit_usd = UsdField("limit (USD)", validators=[MinValueValidator(0)])
    window = models.CharField(max_length=16, default="month", validators=[validate_window])
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    enforcement = models.CharField(
        max_length=8, choices=Enforcement.choices, default=Enforcement.HARD
    )
    shortfall = models.CharField(
        max_length=8,
        choices=Shortfall.choices,
        default=Shortfall.REFUSE,
        db_default=Shortfall.REFUSE,
        help_text="What becomes of a request that a hard budget has too little left for.",
    )
    alert_thresholds = models.JSONField(
        default=default_alert_thresholds, blank=True, validators=[validate_alert_thresholds]
    )
    archived_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="A deleted budget whose balances the books still need; it binds nobody.",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(limit_usd__gte=0), name="limit_not_negative"),
            models.CheckConstraint(
                condition=(
                    Q(owner_type="customer", customer__isnull=False, team=None, virtual_key=None)
                    | Q(owner_type="team", team__isnull=False, customer=None, virtual_key=None)
                    | Q(
                        owner_type="virtual_key",
                        virtual_key__isnull=False,
                        customer=None,
                        team=None,
                    )
                ),
                name="budget_has_one_owner",
                violation_error_message="A budget has one owner, of the type it names.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.id

    @property
    def owner_id(self) -> str:
        return self.customer_id or self.team_id or self.virtual_key_id  # type: ignore[return-value]

    @property
    def owner(self) -> Customer | Team | VirtualKey:
        return self.customer or self.team or self.virtual_key  # type: ignore[return-value]


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
