"""What owners may spend in a calendar month, and what is reserved of it now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery, Sum

from billing.money import ZERO
from controlplane.accounts.permissions import Principal, visible
from controlplane.budgets.models import Balance, Budget, OwnerType
from controlplane.budgets.queries import changes_in_force


@dataclass(frozen=True)
class MonthlyBudget:
    """Of several budgets of a month, an owner's smallest limit is the one that binds."""

    owner_id: str
    limit_usd: Decimal
    reserved_usd: Decimal
    budget_id: str


def monthly_budgets(
    owners: dict[OwnerType, Collection[str] | None], viewer: Principal, at: datetime
) -> dict[tuple[OwnerType, str], MonthlyBudget]:
    """By type and id of the owner; of a type given None, all that the viewer may know of.

    One query.
    """
    wanted = Q()
    for kind, ids in owners.items():
        of_kind = Q(owner_type=kind)
        wanted |= of_kind if ids is None else of_kind & Q(**{f"{kind.value}_id__in": list(ids)})
    if not wanted:
        return {}
    rows = visible(Budget.objects.filter(archived_at=None, window="month"), viewer)
    budgets = rows.filter(wanted).annotate(changed=_changed(at), reserved=_reserved(at))
    found: dict[tuple[OwnerType, str], MonthlyBudget] = {}
    for budget in budgets:
        limit = max(ZERO, budget.limit_usd + (budget.changed or ZERO))
        owner = OwnerType(budget.owner_type), budget.owner_id
        if owner not in found or limit < found[owner].limit_usd:
            found[owner] = MonthlyBudget(budget.owner_id, limit, budget.reserved or ZERO, budget.id)
    return found


def _changed(at: datetime) -> Subquery:
    """By how much a limit is raised, lent or lowered for a time."""
    changes = changes_in_force(at).filter(budget=OuterRef("pk")).order_by().values("budget")
    return Subquery(changes.annotate(total=Sum("amount_usd")).values("total"))


def _reserved(at: datetime) -> Subquery:
    balances = Balance.objects.filter(
        budget=OuterRef("pk"), period="month", window_start__lte=at, window_end__gt=at
    )
    return Subquery(balances.values("reserved_usd")[:1])


def total_reserved(budgets: Collection[MonthlyBudget]) -> Decimal:
    return sum((each.reserved_usd for each in budgets), ZERO)
