"""Changes of budgets. What is spent and reserved of them is the ledger's alone."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Required, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone as clock

from controlplane import saving
from controlplane.accounts.models import Customer, Team
from controlplane.budgets.carrying import close_windows_of
from controlplane.budgets.models import Balance, Budget, OwnerType
from controlplane.fields import new_id
from controlplane.keys.models import VirtualKey

Owner = Customer | Team | VirtualKey

CAP = "carry_over_max_usd"
# What decides how much a window could spend, and what of that is carried over.
TERMS = frozenset({"limit_usd", "window", "timezone", CAP})

OWNER_TYPES: dict[type[Owner], OwnerType] = {
    Customer: OwnerType.CUSTOMER,
    Team: OwnerType.TEAM,
    VirtualKey: OwnerType.VIRTUAL_KEY,
}


class BudgetFields(TypedDict, total=False):
    """What a new budget may leave to its defaults."""

    name: str
    metadata: dict[str, Any]
    window: str
    timezone: str
    enforcement: str
    shortfall: str
    alert_thresholds: list[float]
    carry_over_max_usd: Decimal | None
    raise_step_usd: Decimal | None
    raise_ceiling_usd: Decimal | None
    raise_approver: str


class BudgetChanges(BudgetFields, total=False):
    """Everything about a budget that may change; its owner may not."""

    limit_usd: Decimal


class NewBudget(BudgetFields, total=False):
    """A budget to create among many."""

    id: Required[str]
    owner: Required[Owner]
    limit_usd: Required[Decimal]


@transaction.atomic
def create_budget(
    *,
    owner: Owner,
    limit_usd: Decimal,
    id: str | None = None,
    **fields: Unpack[BudgetFields],
) -> Budget:
    """A ceiling for one owner, in its customer's time zone unless another is named."""
    return saving.add(_budget(owner, id=id or new_id("bud"), limit_usd=limit_usd, **fields))


@transaction.atomic
def create_budgets(new: Sequence[NewBudget]) -> list[Budget]:
    """Many new budgets with a few statements. Raises `RowsRefused`, and then there is none."""
    return saving.add_all([_budget(**fields) for fields in new])


@transaction.atomic
def update_budget(budget: Budget, **changes: Unpack[BudgetChanges]) -> Budget:
    """A limit below what is spent is accepted: it refuses everything until the window ends."""
    return saving.change(budget, _with_carry_over(budget, changes))


@transaction.atomic
def update_budgets(changes: Sequence[tuple[Budget, BudgetChanges]]) -> list[Budget]:
    """Many changes with a few statements. Raises `RowsRefused`, and then none is made."""
    return saving.change_all([(each, _with_carry_over(each, its)) for each, its in changes])


@transaction.atomic
def delete_budget(budget: Budget) -> None:
    """Takes a budget out of force. One that the books name is archived; its id stays taken."""
    if budget.balances.exists():
        saving.change(budget, {"archived_at": clock.now()})
    else:
        saving.remove(budget)


@transaction.atomic
def delete_budgets(budgets: Sequence[Budget]) -> list[Budget]:
    """Takes many out of force with a few statements; answers those that were archived."""
    balances = Balance.objects.filter(budget__in=budgets)
    drawn_ids = set(balances.values_list("budget_id", flat=True).distinct())
    drawn = [budget for budget in budgets if budget.id in drawn_ids]
    now = clock.now()
    archived = saving.change_all([(budget, {"archived_at": now}) for budget in drawn])
    saving.remove_all([budget for budget in budgets if budget.id not in drawn_ids])
    return archived


def customer_of(owner: Owner) -> Customer:
    return owner if isinstance(owner, Customer) else owner.customer


def _with_carry_over(budget: Budget, changes: BudgetChanges) -> dict[str, Any]:
    """Windows that are over are closed by the terms they had; by others, it begins anew."""
    found: dict[str, Any] = dict(changes)
    if not found.keys() & TERMS or (budget.carry_over_max_usd is None and CAP not in found):
        return found
    now = clock.now()
    close_windows_of(budget, now)
    stored = saving.lock(budget)
    if found.get(CAP, stored.carry_over_max_usd) is None:
        found["carries_over_since"] = None
    elif stored.carries_over_since is None or found.keys() & {"window", "timezone"}:
        found["carries_over_since"] = now
    return found


def _budget(owner: Owner, **columns: Any) -> Budget:
    owner_type = OWNER_TYPES[type(owner)]
    columns.setdefault("timezone", customer_of(owner).timezone)
    if columns.get(CAP) is not None:
        columns["carries_over_since"] = clock.now()
    return Budget(owner_type=owner_type, **{owner_type.value: owner}, **columns)
