"""What is left of a key's budgets and rate limits, in the form in which it is told.

Money is text, in US dollars.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from billing.money import format_usd
from dataplane.access.rates.looking import RatesNow, left
from dataplane.metering.standings import Standing


class BudgetStanding(msgspec.Struct, kw_only=True):
    """A budget of the key's path, in its window of now."""

    id: str
    owner_type: str
    owner: str
    window: str
    enforcement: str
    limit_usd: str
    spent_usd: str
    reserved_usd: str
    remaining_usd: str
    window_start: datetime
    window_end: datetime | None


class RateLeft(msgspec.Struct, kw_only=True):
    limit: int
    remaining: int


class RatesLeft(msgspec.Struct, kw_only=True):
    """Null for what is not limited."""

    requests_per_minute: RateLeft | None
    tokens_per_minute: RateLeft | None
    max_parallel_requests: RateLeft | None


def budget_standing(standing: Standing) -> BudgetStanding:
    budget = standing.budget
    return BudgetStanding(
        id=budget.id,
        owner_type=budget.owner_type,
        owner=budget.owner_id,
        window=budget.period,
        enforcement="hard" if budget.is_hard else "soft",
        limit_usd=format_usd(standing.limit_usd),
        spent_usd=format_usd(standing.spent_usd),
        reserved_usd=format_usd(standing.reserved_usd),
        remaining_usd=format_usd(standing.remaining_usd),
        window_start=standing.window_start,
        window_end=standing.window_end,
    )


def rates_left(rates: RatesNow) -> RatesLeft:
    limits = rates.limits
    return RatesLeft(
        requests_per_minute=_rate_left(limits.requests_per_minute, rates.requests),
        tokens_per_minute=_rate_left(limits.tokens_per_minute, rates.tokens),
        max_parallel_requests=_rate_left(limits.max_parallel_requests, rates.parallel),
    )


def _rate_left(limit: int | None, counted: int) -> RateLeft | None:
    remaining = left(limit, counted)
    if limit is None or remaining is None:
        return None
    return RateLeft(limit=limit, remaining=remaining)


def binding_budget(standings: Sequence[Standing]) -> str | None:
    """The id of the hard budget with the least left. Soft ones bind nobody."""
    hard = [standing for standing in standings if standing.budget.is_hard]
    least = min(hard, key=lambda standing: standing.remaining_usd, default=None)
    return least.budget.id if least else None
