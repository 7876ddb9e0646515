"""What is answered. Money is text, in US dollars; instants are ISO 8601 in UTC."""

from datetime import datetime
from typing import Any

import msgspec

from billing.money import format_usd
from dataplane.access.rates.looking import RatesNow, left
from dataplane.errors import GatewayError
from dataplane.metering.standings import Standing


class Refusal(msgspec.Struct, kw_only=True):
    """What a call would get instead of an answer."""

    status: int
    type: str
    code: str
    message: str
    param: str | None
    facts: dict[str, Any]
    headers: dict[str, str]


class Candidate(msgspec.Struct, kw_only=True):
    """A deployment, in the order of the attempts."""

    id: str
    provider: str
    model: str
    credential_index: int
    is_fallback: bool
    worst_case_usd: str | None = None
    """What an attempt reserves; null where it has no price, or is not asked."""
    output_tokens_fitted: int | None = None
    skipped: str | None = None
    """Why it would be passed over, as a code; null for one that would be asked."""
    message: str | None = None


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


class Cheaper(msgspec.Struct, kw_only=True):
    """Another model that the key may call, and that could serve the request."""

    model: str
    worst_case_usd: str
    factor: float
    """How many times less it would cost at most."""


class Verdict(msgspec.Struct, kw_only=True):
    passes: bool
    is_certain: bool = True
    """False where it hangs on what only the gateway's processes know."""
    refusal: Refusal | None = None
    reserves_usd: str | None = None
    deployments: list[Candidate] = []
    budgets: list[BudgetStanding] = []
    binding_budget: str | None = None
    """The hard budget with the least left."""
    rate_limits: RatesLeft
    cheaper: list[Cheaper] = []


def refusal(error: GatewayError) -> Refusal:
    return Refusal(
        status=error.answered_status,
        type=error.type,
        code=error.code,
        message=error.message,
        param=error.param,
        facts=error.facts,
        headers=error.headers,
    )


def budget_standing(standing: Standing) -> BudgetStanding:
    budget = standing.budget
    return BudgetStanding(
        id=budget.id,
        owner_type=budget.owner_type,
        owner=budget.owner_id,
        window=budget.period,
        enforcement="hard" if budget.is_hard else "soft",
        limit_usd=format_usd(budget.limit_usd),
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
