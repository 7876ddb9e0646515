"""Calls replayed in the order of time, and what would have been otherwise."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from billing.costs import EXACT
from billing.money import ZERO
from billing.what_if.budgets import ReplayedBudget, need_of, refusing
from billing.what_if.calls import PastCall

Cost = Callable[[PastCall], Decimal | None]
"""What a call would have cost; None where nobody knows."""


@dataclass(slots=True)
class Change:
    """Some calls: how many, what they were booked at, and what they would have come to."""

    requests: int = 0
    booked_usd: Decimal = ZERO
    would_be_usd: Decimal = ZERO

    def add(self, booked_usd: Decimal, would_be_usd: Decimal) -> None:
        self.requests += 1
        self.booked_usd = EXACT.add(self.booked_usd, booked_usd)
        self.would_be_usd = EXACT.add(self.would_be_usd, would_be_usd)

    @property
    def difference_usd(self) -> Decimal:
        return EXACT.subtract(self.would_be_usd, self.booked_usd)


@dataclass(slots=True)
class Refusals:
    """Calls of one key that a budget would have refused."""

    first_at: datetime
    budget_id: str
    requests: int = 0
    booked_usd: Decimal = ZERO


@dataclass(slots=True)
class Outcome:
    """`difference_usd` is over all calls; `unknown` would have had no known cost, and count as
    booked. `refused_then` were refused by a budget, and are not replayed: nobody knows their cost.
    """

    whole: Change = field(default_factory=Change)
    by_model: dict[str, Change] = field(default_factory=dict)
    refused: dict[str, Refusals] = field(default_factory=dict)
    unknown: int = 0
    priced_now: int = 0
    refused_then: int = 0

    @property
    def refused_requests(self) -> int:
        return sum(each.requests for each in self.refused.values())


def replay(
    calls: Iterable[PastCall], cost: Cost, budgets: Sequence[ReplayedBudget] = ()
) -> Outcome:
    """Calls come in the order of time. What a budget refuses costs nothing."""
    outcome = Outcome()
    for call in calls:
        if call.was_refused:
            outcome.refused_then += 1
            continue
        would_be = cost(call)
        outcome.unknown += would_be is None
        outcome.priced_now += call.cost_usd is None and would_be is not None
        booked = call.cost_usd or ZERO
        would_be = booked if would_be is None else would_be
        if budgets and would_be and not _pass(call, would_be, budgets, outcome):
            would_be = ZERO
        outcome.whole.add(booked, would_be)
        outcome.by_model.setdefault(call.model, Change()).add(booked, would_be)
    return outcome


def _pass(
    call: PastCall, would_be: Decimal, budgets: Sequence[ReplayedBudget], outcome: Outcome
) -> bool:
    path = [each for each in budgets if each.binds(call)]
    if (stopped := refusing(path, call, need_of(call, would_be))) is not None:
        key = call.owners[-1] or ""
        found = outcome.refused.setdefault(key, Refusals(call.at, stopped.budget.id))
        found.requests += 1
        found.booked_usd = EXACT.add(found.booked_usd, call.cost_usd or ZERO)
        return False
    for each in path:
        each.spend(call.at, would_be)
    return True
