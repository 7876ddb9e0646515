"""Errors of the ledger and of upstreams in the words of the contract."""

import math

from billing.errors import BudgetExceeded, ModelUnpriced
from billing.money import format_usd
from dataplane.errors import (
    BudgetRefused,
    GatewayError,
    InvalidRequest,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)
from dataplane.routing.fallback import may_be_passed_on
from dataplane.upstream.client import AttemptFailed

TOO_MANY_REQUESTS = 429


def budget_refused(refusal: BudgetExceeded, status: int) -> BudgetRefused:
    """Says which budget, how much of it is spent and reserved, and when its window ends."""
    end = refusal.window_end.isoformat() if refusal.window_end else None
    owner = f"{refusal.owner_type.replace('_', ' ')} '{refusal.owner_id}'"
    message = (
        f"The budget of {owner} has no room for this request: "
        f"{format_usd(refusal.spent_usd)} USD of {format_usd(refusal.limit_usd)} USD are spent, "
        f"{format_usd(refusal.reserved_usd)} USD reserved, and the request may cost "
        f"{format_usd(refusal.requested_usd)} USD."
    )
    facts = {
        "id": refusal.budget_id,
        "owner_type": refusal.owner_type,
        "owner_id": refusal.owner_id,
        "limit_usd": format_usd(refusal.limit_usd),
        "spent_usd": format_usd(refusal.spent_usd),
        "reserved_usd": format_usd(refusal.reserved_usd),
        "requested_usd": format_usd(refusal.requested_usd),
        "window_end": end,
        "reason": "spent" if refusal.is_spent else "reserved",
    }
    return BudgetRefused(message, status=status, budget=facts)


def model_unpriced(refusal: ModelUnpriced) -> InvalidRequest:
    return InvalidRequest(
        "model_unpriced",
        f"The model '{refusal.model}' has no price, and a hard budget applies to this key.",
        param="model",
    )


def after_all_attempts(failure: AttemptFailed) -> GatewayError:
    """The last failure, as the client is told: the provider's own refusal, or ours."""
    if failure.refusal is not None and may_be_passed_on(failure.status or 0):
        code = (
            "upstream_rate_limited" if failure.status == TOO_MANY_REQUESTS else "upstream_refused"
        )
        seconds = failure.retry_after_seconds
        headers = {} if seconds is None else {"retry-after": str(math.ceil(seconds))}
        return UpstreamRefused(failure.status or 0, failure.refusal, code=code, headers=headers)
    return UpstreamTimeout() if failure.timed_out else UpstreamFailed()
