"""Budgets, which people configure."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from billing.periods import CALENDAR_PERIODS
from controlplane.accounts.models import Customer, Team
from controlplane.budgets.validators import validate_alert_thresholds, validate_window
from controlplane.fields import Described, SlugField, UsdField
from controlplane.keys.models import VirtualKey
from controlplane.validators import validate_timezone

TURNING = frozenset(CALENDAR_PERIODS) - {"lifetime"}


class Enforcement(models.TextChoices):
    HARD = "hard", "Hard: refuse what does not fit"
    SOFT = "soft", "Soft: count and alert, refuse nothing"


class Shortfall(models.TextChoices):
    """What becomes of a request that a hard budget has too little left for."""

    REFUSE = "refuse", "Refuse it"
    FIT = "fit", "Fit: let it generate no more than what is left pays for"


class RaiseApprover(models.TextChoices):
    """Who decides on raises that are asked for; never whoever asked."""

    FINANCE = "finance", "Finance or an administrator"
    ADMIN = "admin", "An administrator"
    INSTALLATION = "installation", "Finance or an administrator of all customers"


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
    carry_over_max_usd = UsdField(
        "carry over at most (USD)",
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="So much of what is left goes to the next window; empty: nothing does.",
    )
    carries_over_since = models.DateTimeField(null=True, blank=True, editable=False)
    raise_step_usd = UsdField(
        "raise by (USD)",
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="So much more may be asked for at a time; empty: no raises by request.",
    )
    raise_ceiling_usd = UsdField(
        "raise up to (USD)",
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="So far requests may raise the limit.",
    )
    raise_approver = models.CharField(
        "who decides on raises",
        max_length=16,
        choices=RaiseApprover.choices,
        default=RaiseApprover.FINANCE,
        db_default=RaiseApprover.FINANCE,
        help_text="Never whoever asked.",
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
                condition=Q(raise_step_usd=None, raise_ceiling_usd=None)
                | Q(
                    raise_step_usd__isnull=False,
                    raise_ceiling_usd__isnull=False,
                    raise_step_usd__gt=0,
                    raise_ceiling_usd__gt=0,
                ),
                name="raises_have_step_and_ceiling",
                violation_error_message="Raises by request need a step and a ceiling over 0.",
            ),
            models.CheckConstraint(
                condition=Q(carry_over_max_usd=None) | Q(carry_over_max_usd__gt=0),
                name="carry_over_is_some",
                violation_error_message="What is carried over at most is more than 0, or empty.",
            ),
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

    def clean(self) -> None:
        if (self.raise_step_usd is None) != (self.raise_ceiling_usd is None):
            missing = "raise_step_usd" if self.raise_step_usd is None else "raise_ceiling_usd"
            raise ValidationError({missing: "Raises by request need a step and a ceiling."})
        if self.carry_over_max_usd is not None and self.window not in TURNING:
            words = "Only windows that turn carry over: not a lifetime, nor a rolling one."
            raise ValidationError({"carry_over_max_usd": words})

    @property
    def owner_id(self) -> str:
        return self.customer_id or self.team_id or self.virtual_key_id  # type: ignore[return-value]

    @property
    def owner(self) -> Customer | Team | VirtualKey:
        return self.customer or self.team or self.virtual_key  # type: ignore[return-value]
