"""Which budget stops an owner first, and which stand in the way of a key."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from billing.periods import CALENDAR_PERIODS, rolling_length
from controlplane.accounts.permissions import Principal, visible
from controlplane.budgets.models import Budget, Enforcement, OwnerType
from controlplane.budgets.queries import CurrentBalance, budgets_in_force, current_balances
from controlplane.budgets.standing import Standing
from controlplane.keys.models import VirtualKey

ORDER = (OwnerType.VIRTUAL_KEY, OwnerType.TEAM, OwnerType.CUSTOMER)


@dataclass(frozen=True)
class Held:
    """A budget with what is left of it now."""

    budget: Budget
    balance: CurrentBalance

    @property
    def is_hard(self) -> bool:
        return self.budget.enforcement == Enforcement.HARD

    @property
    def standing(self) -> Standing:
        """Without a forecast."""
        return Standing(self.budget, self.balance)

    @property
    def rolls(self) -> bool:
        return rolling_length(self.budget.window) is not None

    @property
    def words(self) -> str:
        """`a month, hard`; of a window that rolls, `in any 24h, hard`."""
        return f"{window_words(self.budget.window)}, {self.budget.enforcement}"


def window_words(window: str) -> str:
    """`a month`; of one that rolls, `in any 24h`."""
    if window == "lifetime":
        return "for good"
    return f"a {window}" if window in CALENDAR_PERIODS else f"in any {window}"


def binding_budgets(
    kind: OwnerType, ids: Collection[str], viewer: Principal, at: datetime
) -> dict[str, Held]:
    """By owner, the budget of its own with the least left; in four queries at most."""
    rows = visible(budgets_in_force().filter(**{f"{kind.value}_id__in": list(ids)}), viewer)
    found: dict[str, Held] = {}
    for each in _held(rows, at):
        owner = each.budget.owner_id
        if owner not in found or _left(each) < _left(found[owner]):
            found[owner] = each
    return found


def budgets_of(kind: OwnerType, owner: str, viewer: Principal, at: datetime) -> list[Held]:
    """All that one owner has, by id; in four queries at most."""
    rows = visible(budgets_in_force().filter(**{f"{kind.value}_id": owner}), viewer)
    return _held(rows, at)


def budgets_of_path(key: VirtualKey, viewer: Principal, at: datetime) -> list[Held]:
    """The key's own first, then its team's, then its customer's; in four queries at most."""
    path = Q(virtual_key=key) | Q(customer_id=key.customer_id)
    if key.team_id is not None:
        path |= Q(team_id=key.team_id)
    held = _held(visible(budgets_in_force().filter(path), viewer), at)
    return sorted(held, key=lambda each: ORDER.index(OwnerType(each.budget.owner_type)))


def held_now(budget: Budget, at: datetime) -> Held:
    """One budget with its balance; in three queries at most."""
    return _held([budget], at)[0]


def first_to_stop(held: Iterable[Held]) -> Held | None:
    """Of those that refuse, the one with the least left."""
    return min((each for each in held if each.is_hard), key=_left, default=None)


def _held(rows: Iterable[Budget], at: datetime) -> list[Held]:
    budgets = list(rows)
    balances = current_balances(budgets, at)
    return [Held(each, balances[each.id]) for each in budgets]


def _left(held: Held) -> Decimal:
    return held.balance.remaining_usd
