"""What is answered. Money is text, in US dollars; instants are ISO 8601 in UTC."""

from typing import Any

import msgspec

from dataplane.errors import GatewayError
from dataplane.left import BudgetStanding, RatesLeft


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
