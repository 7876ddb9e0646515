"""Budgets of a replay: which calls would have been refused, one after the other.

A call needs what it had reserved; one that passes spends what it would have cost, before the next
one comes. Calls in flight at the same time reserve at the same time in truth, so that near a limit
a few more may be refused than here.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from billing.budgets import Budget
from billing.costs import EXACT
from billing.money import ZERO, settle_round
from billing.periods import Window, bucket_length, bucket_start
from billing.what_if.calls import PastCall

OWNERS = ("customer", "team", "virtual_key")
Spent = Iterable[tuple[datetime, Decimal]]


@dataclass
class ReplayedBudget:
    """A hard budget while calls pass it in the order of time.

    `opening` is what its owner had spent before the first call, by when, as far as it counts.
    """

    budget: Budget
    opening: Spent = ()
    spent_usd: Decimal = ZERO
    _window: Window | None = None
    _buckets: deque[tuple[datetime, Decimal]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        for at, usd in sorted(self.opening):
            self.spend(at, usd)

    def binds(self, call: PastCall) -> bool:
        return call.owners[OWNERS.index(self.budget.owner_type)] == self.budget.owner_id

    def admits(self, at: datetime, need_usd: Decimal) -> bool:
        self._turn(at)
        return EXACT.add(self.spent_usd, need_usd) <= self.budget.limit_usd

    def spend(self, at: datetime, usd: Decimal) -> None:
        self._turn(at)
        self.spent_usd = EXACT.add(self.spent_usd, usd)
        length = self.budget.rolling_length
        if length is None:
            return
        start = bucket_start(length, at)
        if self._buckets and self._buckets[-1][0] == start:
            usd = EXACT.add(self._buckets.pop()[1], usd)
        self._buckets.append((start, usd))

    def _turn(self, at: datetime) -> None:
        length = self.budget.rolling_length
        if length is not None:
            self._roll(at - length - bucket_length(length))
        elif self._window is None or not self._window.holds(at):
            self._window, self.spent_usd = self.budget.window(at), ZERO

    def _roll(self, until: datetime) -> None:
        """Buckets that lie wholly outside the window leave it."""
        while self._buckets and self._buckets[0][0] <= until:
            _, usd = self._buckets.popleft()
            self.spent_usd = EXACT.subtract(self.spent_usd, usd)


def refusing(
    budgets: Iterable[ReplayedBudget], call: PastCall, need_usd: Decimal
) -> ReplayedBudget | None:
    """The first budget of the call's path with too little left for it."""
    for each in budgets:
        if not each.admits(call.at, need_usd):
            return each
    return None


def need_of(call: PastCall, cost_usd: Decimal) -> Decimal:
    """What it would reserve: its reservation then, as much dearer as the call would be."""
    if not call.reserved_usd or call.reserved_usd < (call.cost_usd or ZERO):
        return cost_usd
    if not call.cost_usd or cost_usd == call.cost_usd:
        return max(call.reserved_usd, cost_usd)
    return settle_round(call.reserved_usd * cost_usd / call.cost_usd)
