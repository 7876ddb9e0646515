"""The usage record of one request, as `billing/sql/settle.sql` books it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.costs import cost_of
from billing.errors import UsageMalformed
from billing.money import ZERO, format_usd
from billing.prices import STANDARD, Price, price_at
from billing.tokens import NO_TOKENS, Tokens
from billing.usage import dialect_for, read_usage
from billing.usage.dialects import service_tier
from dataplane.metering.estimate import input_tokens_guessed, output_tokens_guessed
from dataplane.request import Attempt, GatewayRequest
from dataplane.snapshot.model import Deployment


@dataclass(slots=True)
class Consumption:
    """What a call used and cost; `cost_usd` is None where the model has no price."""

    tokens: Tokens = NO_TOKENS
    source: str = "none"
    service_tier: str = STANDARD
    cost_usd: Decimal | None = ZERO
    price_id: str | None = None


def consumption(
    call: GatewayRequest,
    deployment: Deployment,
    usage: Mapping[str, Any] | None,
    output_bytes: int,
) -> Consumption:
    """From what the provider reported; an estimate where it reported nothing that can be read."""
    tokens, tier, source = NO_TOKENS, None, "provider"
    try:
        if usage is not None:
            provider = deployment.provider
            reported = read_usage(dialect_for(provider.vendor or provider.kind), usage)
            tokens = reported.tokens
            tier = reported.service_tier or service_tier(usage.get("service_tier"))
    except UsageMalformed:
        usage = None
    if usage is None:
        source = "estimated"
        tokens = Tokens(
            input=input_tokens_guessed(call), output=output_tokens_guessed(output_bytes)
        )
    return priced(call, deployment.prices, tokens, tier or STANDARD, source)


def priced(
    call: GatewayRequest, prices: Sequence[Price], tokens: Tokens, tier: str, source: str
) -> Consumption:
    price = price_at(prices, call.at, tier)
    if price is None:
        return Consumption(tokens, source, tier, None, None)
    return Consumption(tokens, source, tier, cost_of(tokens, price).total_usd, price.id)


def usage_record(
    call: GatewayRequest,
    *,
    status: int,
    error_code: str | None = None,
    deployment: Deployment | None = None,
    consumed: Consumption | None = None,
    reserved_usd: Decimal = ZERO,
    balances: Sequence[int] = (),
) -> dict[str, Any]:
    """One row for the books. Amounts are decimal strings, times milliseconds."""
    consumed = consumed or Consumption()
    tokens = consumed.tokens
    key = call.key
    total_ms = call.elapsed_ms
    # Of a stream, the gateway's part is what it added before the first content.
    answered_ms = total_ms if call.ttft_ms is None else call.ttft_ms
    return {
        "request_id": call.id,
        "at": call.at.isoformat(),
        "customer_id": key.customer if key else None,
        "team_id": key.team if key else None,
        "virtual_key_id": key.id if key else None,
        "metadata": {**key.metadata, **call.metadata} if key else {},
        "endpoint": call.endpoint.value,
        "model_requested": call.model_requested,
        "provider": deployment.provider.id if deployment else None,
        "model": deployment.name if deployment else None,
        "status": status,
        "error_code": error_code,
        "streamed": call.streamed,
        "cache": "off",
        "input_tokens": tokens.input,
        "cached_input_tokens": tokens.cached_input,
        "cache_write_tokens": tokens.cache_write,
        "output_tokens": tokens.output,
        "reasoning_tokens": tokens.reasoning,
        "token_details": tokens.details(),
        "usage_source": consumed.source,
        "service_tier": consumed.service_tier,
        "cost_usd": None if consumed.cost_usd is None else format_usd(consumed.cost_usd),
        "saved_usd": "0",
        "reserved_usd": format_usd(reserved_usd),
        "price_id": consumed.price_id,
        "attempts": [_attempt(attempt) for attempt in call.attempts],
        "balances": list(balances),
        "ttft_ms": call.ttft_ms,
        "total_ms": round(total_ms, 3),
        "gateway_ms": round(max(0.0, answered_ms - call.upstream_ms), 3),
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "provider": attempt.provider,
        "model": attempt.model,
        "status": attempt.status,
        "error_code": attempt.error_code,
        "ms": round(attempt.ms, 3),
        "cost_usd": attempt.cost_usd,
    }
