"""The usage record of one request, as `billing/sql/book.sql` writes it."""

import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from billing.costs import total_of
from billing.errors import UsageMalformed
from billing.money import ZERO, format_usd
from billing.prices import STANDARD
from billing.tokens import NO_TOKENS, Tokens
from billing.usage import ReportedUsage, dialect_for, read_usage
from billing.usage.dialects import service_tier
from billing.usage.plausible import is_plausible
from dataplane.metering.worst_case.amounts import worst_case_usd
from dataplane.metering.worst_case.estimate import input_tokens_guessed, output_tokens_guessed
from dataplane.request import FREE_ENDPOINTS, Attempt, GatewayRequest
from dataplane.snapshot.model import Deployment

log = logging.getLogger(__name__)

OUTPUT_TOKENS_DEFAULT = 16_384
NO_WINDOWS = msgspec.Raw(b"[]")


@dataclass(slots=True)
class Consumption:
    """What a call used and cost; `cost_usd` is None where the model has no price."""

    tokens: Tokens = NO_TOKENS
    source: str = "none"
    service_tier: str = STANDARD
    cost_usd: Decimal | None = ZERO
    price_id: str | None = None
    others: Tokens = NO_TOKENS
    """What models beside the one that was called used for it; part of the cost."""
    is_flagged: bool = False
    """What was reported cannot be billed as it stands, so the call costs all it had reserved."""


def consumption(
    call: GatewayRequest,
    deployment: Deployment,
    usage: Any,
    output_bytes: int,
    reserved_usd: Decimal | None = None,
) -> Consumption:
    """From what the provider reported; an estimate where it reported nothing.

    What it reports is owed, even beyond what was reserved; what cannot be (see
    `billing.usage.plausible`) is booked at `reserved_usd`, flagged, and named in the log.
    """
    if call.endpoint in FREE_ENDPOINTS:
        return Consumption()
    if _says_nothing(usage):
        tokens = _tokens_guessed(call, output_bytes)
        price = deployment.prices.at(call.at)
        cost_usd = None if price is None else total_of(tokens, price)
        return Consumption(tokens, "estimated", STANDARD, cost_usd, price.id if price else None)
    try:
        return _billed(call, deployment, _believed(call, deployment, usage))
    except UsageMalformed as error:
        log.warning("request %s is booked at all it had reserved: %s", call.id, error)
    if reserved_usd is None:
        reserved_usd = worst_case_usd(call, deployment, OUTPUT_TOKENS_DEFAULT)
    if deployment.prices.at(call.at) is None:
        reserved_usd = None
    tokens = _tokens_guessed(call, output_bytes)
    return Consumption(tokens, "estimated", cost_usd=reserved_usd, is_flagged=True)


def _says_nothing(usage: Any) -> bool:
    """Whether there is no usage, or an object of nothing but nulls in its place."""
    return usage is None or (
        isinstance(usage, dict) and all(value is None for value in usage.values())
    )


def all_reserved(call: GatewayRequest, reserved_usd: Decimal | None) -> Consumption:
    """What is booked where the provider bills something that nobody will tell us."""
    tokens = Tokens(input=input_tokens_guessed(call))
    return Consumption(tokens=tokens, source="estimated", cost_usd=reserved_usd)


def _tokens_guessed(call: GatewayRequest, output_bytes: int) -> Tokens:
    return Tokens(input=input_tokens_guessed(call), output=output_tokens_guessed(output_bytes))


def _believed(call: GatewayRequest, deployment: Deployment, usage: Any) -> ReportedUsage:
    """What was reported, if it can be. Raises `UsageMalformed`."""
    provider = deployment.provider
    reported = read_usage(dialect_for(provider.vendor or provider.kind), usage)
    window, size = deployment.context_tokens, len(call.body)
    can_be = is_plausible(reported.tokens, window, size)
    for _, tokens in reported.others:
        can_be &= is_plausible(tokens, window, size)
    if not can_be:
        raise UsageMalformed("usage has more tokens than any call of the model can have")
    if reported.service_tier is None and (told := usage.get("service_tier")) is not None:
        return reported._replace(service_tier=service_tier(told))
    return reported


def _billed(call: GatewayRequest, deployment: Deployment, reported: ReportedUsage) -> Consumption:
    """Every token at its model's price. Raises `UsageMalformed` if another model has none."""
    tier = reported.service_tier or STANDARD
    price = deployment.prices.at(call.at, tier)
    if price is None:
        return Consumption(reported.tokens, "provider", tier, None)
    cost_usd, others = total_of(reported.tokens, price), NO_TOKENS
    for model, tokens in reported.others:
        listing = deployment.listings.find(model) if deployment.listings else None
        price_of_other = listing and listing.prices.at(call.at, tier)
        if not price_of_other:
            raise UsageMalformed(f"usage has tokens of {model[:100]!r}, which has no price")
        cost_usd += total_of(tokens, price_of_other)
        others += tokens
    return Consumption(reported.tokens, "provider", tier, cost_usd, price.id, others)


def usage_record(
    call: GatewayRequest,
    *,
    status: int,
    error_code: str | None = None,
    deployment: Deployment | None = None,
    consumed: Consumption | None = None,
    reserved_usd: Decimal = ZERO,
    windows: msgspec.Raw = NO_WINDOWS,
    saved_usd: Decimal = ZERO,
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
        "at": call.at,
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
        "cache": call.cache,
        "input_tokens": tokens.input,
        "cached_input_tokens": tokens.cached_input,
        "cache_write_tokens": tokens.cache_write,
        "output_tokens": tokens.output,
        "reasoning_tokens": tokens.reasoning,
        "token_details": _details(consumed),
        "usage_source": consumed.source,
        "service_tier": consumed.service_tier,
        "cost_usd": None if consumed.cost_usd is None else format_usd(consumed.cost_usd),
        "saved_usd": format_usd(saved_usd),
        "reserved_usd": format_usd(reserved_usd),
        "price_id": consumed.price_id,
        "attempts": [_attempt(attempt) for attempt in call.attempts],
        "windows": windows,
        "ttft_ms": call.ttft_ms,
        "total_ms": round(total_ms, 3),
        "gateway_ms": round(max(0.0, answered_ms - call.upstream_ms), 3),
    }


def _details(consumed: Consumption) -> dict[str, int]:
    """Parts that are priced apart, and what other models used."""
    others = consumed.others
    if others is NO_TOKENS:
        return consumed.tokens.details()
    apart = {"other_input": others.input, "other_output": others.output}
    return {**consumed.tokens.details(), **apart}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    resumed = {"resumed": True} if attempt.resumed else {}
    return {
        **resumed,
        "provider": attempt.provider,
        "model": attempt.model,
        "status": attempt.status,
        "error_code": attempt.error_code,
        "ms": round(attempt.ms, 3),
        "cost_usd": attempt.cost_usd,
    }
