"""Every budget in force with what is left of it now, in a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.money import ZERO
from billing.periods import rolling_length
from controlplane.alerts.watching.words import moment
from controlplane.budgets.models import Budget, Enforcement, OwnerType
from controlplane.budgets.queries import CurrentBalance, budgets_in_force, current_balances
from controlplane.budgets.services import customer_of
from controlplane.keys.models import VirtualKey


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget in its window."""

    budget: Budget
    balance: CurrentBalance

    @property
    def share(self) -> Decimal:
        """Spent and reserved by limit; of no limit at all, as if it were used up."""
        used = self.balance.spent_usd + self.balance.reserved_usd
        return used / self.balance.limit_usd if self.balance.limit_usd else Decimal(1)

    @property
    def percent_spent(self) -> int:
        """Rounded down, so that 100 is reached when it is."""
        limit = self.balance.limit_usd
        return int(self.balance.spent_usd * 100 / limit) if limit else 0

    @property
    def over_usd(self) -> Decimal:
        return max(ZERO, self.balance.spent_usd - self.balance.limit_usd)

    @property
    def is_hard(self) -> bool:
        return self.budget.enforcement == Enforcement.HARD

    @property
    def is_rolling(self) -> bool:
        return rolling_length(self.budget.window) is not None

    @property
    def window(self) -> str:
        """Of a cause: another window is another cause, and a rolling one always the same."""
        return "rolling" if self.is_rolling else self.balance.window_start.isoformat()

    @property
    def words(self) -> str:
        kind = OwnerType(self.budget.owner_type).label.lower()
        return f"Budget {self.budget.id} of {kind} {self.budget.owner_id}"

    @property
    def until(self) -> str:
        """When there is room again, in words."""
        end = self.balance.window_end
        if self.is_rolling:
            return f"until less was spent in the last {self.budget.window}"
        return "until its limit is raised" if end is None else f"until {self._moment(end)}"

    def subject(self) -> dict[str, Any]:
        """Whom an alert about it is about."""
        owner = self.budget.owner
        is_key = isinstance(owner, VirtualKey)
        return {
            "budget_id": self.budget.id,
            "customer_id": customer_of(owner).id,
            "team_id": owner.team_id if isinstance(owner, VirtualKey) else self.budget.team_id,
            "virtual_key_id": owner.id if is_key else None,
        }

    def _moment(self, at: datetime) -> str:
        return moment(at, self.budget.timezone)


def standings(at: datetime) -> Sequence[Standing]:
    """Those of all budgets in force."""
    budgets = list(budgets_in_force())
    balances = current_balances(budgets, at)
    return [Standing(budget, balances[budget.id]) for budget in budgets]
