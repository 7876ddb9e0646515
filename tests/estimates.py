"""Requests and deployments as the metering of the data plane sees them, without a network."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from billing.listings import Listings
from billing.price_books import PriceBook
from billing.prices import Price
from dataplane.presence import Presence
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment, Listing, Provider

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEFAULT = 16_384


def call(
    body: dict[str, Any] | bytes | None = None,
    endpoint: Endpoint = Endpoint.CHAT_COMPLETIONS,
    **fields: Any,
) -> GatewayRequest:
    """A parsed request; fields are added to a body with a model and one short message."""
    if body is None:
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}], **fields}
    if not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    request = GatewayRequest.new(endpoint, {}, Presence(), datetime.now(UTC))
    request.body = body
    request.fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return request


def price(tier: str = "standard", **rates: str) -> Price:
    base = {kind: Decimal(rate) for kind, rate in (rates or {"input": "2", "output": "10"}).items()}
    return Price(f"price/{tier}", EPOCH, base, service_tier=tier)


def listing(name: str, *prices: Price, output_tokens_max: int | None = None) -> Listing:
    book = PriceBook(prices or [price()])
    return Listing(name, {"equals": name}, 200_000, output_tokens_max, book)


def deployment(
    *prices: Price,
    model: str = "gpt-4o",
    vendor: str = "openai",
    kind: str = "openai_compatible",
    context_tokens: int | None = 128_000,
    output_tokens_max: int | None = None,
    others: Sequence[Listing] = (),
) -> Deployment:
    provider = Provider("far", kind, "", "", "", "", {}, {}, vendor, {})
    return Deployment(
        f"far/{model}",
        model,
        provider,
        model,
        output_tokens_max,
        context_tokens,
        PriceBook(prices or [price()]),
        Listings(others),
    )
