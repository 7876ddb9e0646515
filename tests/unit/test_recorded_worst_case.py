"""Real exchanges with providers never used or cost more than what was reserved for them."""

import json
from collections.abc import Iterator
from functools import lru_cache
from statistics import median
from typing import Any

import pytest

from billing.costs import cost_of
from billing.listings import Listings
from billing.price_books import PriceBook
from billing.usage import ReportedUsage, dialect_for, read_usage
from controlplane.catalog.output_limits import max_output_tokens
from controlplane.catalog.price_source import listings
from controlplane.catalog.vendors import vendor_named
from dataplane.metering.worst_case.amounts import worst_case_usd
from dataplane.metering.worst_case.estimate import WorstCase, worst_case
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment, Listing, Provider
from tests import recordings
from tests.estimates import DEFAULT, call
from tests.unit.test_recorded_usage import has_usage, usage_of

ENDPOINTS = {
    "openai.embeddings": Endpoint.EMBEDDINGS,
    "openai.responses": Endpoint.RESPONSES,
    "anthropic.messages": Endpoint.MESSAGES,
}
LONG_BYTES = 2_000


@lru_cache(maxsize=1)
def price_lists() -> dict[str, Listings[Listing]]:
    """The real price list with our own limits, as the snapshot has it."""
    rows: dict[str, list[Listing]] = {}
    for row in listings():
        context = row.context_window_tokens
        limit = max_output_tokens(row.vendor, row.model_name, context)
        listing = Listing(row.model_name, row.match, context, limit, PriceBook(row.prices))
        rows.setdefault(row.vendor, []).append(listing)
    return {vendor: Listings(found) for vendor, found in rows.items()}


def request_of(record: recordings.Recording) -> GatewayRequest:
    body = json.dumps(record["request_json"] or {}, ensure_ascii=False, separators=(",", ":"))
    return call(body.encode(), ENDPOINTS.get(record["api"], Endpoint.CHAT_COMPLETIONS))


def deployment_of(record: recordings.Recording) -> Deployment:
    vendor, model = vendor_named(record["vendor"]), record["model"]
    known = price_lists().get(vendor)
    listing = known.find(model) if known else None
    kind = record["provider"].replace("-", "_")
    provider = Provider("far", kind, "", "", "", "", {}, {}, vendor, {})
    return Deployment(
        f"far/{model}",
        model,
        provider,
        model,
        listing.output_tokens_max if listing else None,
        listing.context_tokens if listing else None,
        listing.prices if listing else PriceBook(),
        known,
    )


def bound_of(record: recordings.Recording) -> WorstCase:
    return worst_case(request_of(record), deployment_of(record), DEFAULT)


def reported_in(record: recordings.Recording) -> ReportedUsage:
    return read_usage(dialect_for(record["vendor"]), usage_of(record))


@pytest.mark.parametrize("record", recordings.parameters(has_usage))
def test_no_provider_counted_more_than_the_bound(record: recordings.Recording):
    bound, reported = bound_of(record), reported_in(record)

    assert bound.input_tokens >= reported.tokens.input
    assert bound.output_tokens >= reported.tokens.output
    assert bound.web_searches >= reported.tokens.web_searches
    assert {advisor.model for advisor in bound.advisors} >= {model for model, _ in reported.others}


@pytest.mark.parametrize("record", recordings.parameters(has_usage))
def test_no_call_cost_more_than_was_reserved(record: recordings.Recording):
    request, deployment = request_of(record), deployment_of(record)
    reserved_usd = worst_case_usd(request, deployment, DEFAULT)
    is_priced = deployment.prices.at(request.at) is not None

    if is_priced:
        assert reserved_usd is not None
        assert reserved_usd >= sum(costs(request, deployment, reported_in(record)))
    else:
        assert reserved_usd is None


def costs(
    request: GatewayRequest, deployment: Deployment, reported: ReportedUsage
) -> Iterator[Any]:
    price = deployment.prices.at(request.at)
    assert price is not None
    yield cost_of(reported.tokens, price).total_usd
    for model, tokens in reported.others:
        listing = deployment.listings and deployment.listings.find(model)
        assert listing
        other = listing.prices.at(request.at)
        assert other is not None
        yield cost_of(tokens, other).total_usd


@pytest.mark.parametrize("record", recordings.parameters(lambda record: not has_usage(record)))
def test_what_no_provider_counted_is_bounded_too(record: recordings.Recording):
    assert bound_of(record).input_tokens > 0


def test_the_bound_of_text_is_near_enough_to_be_of_use():
    records = recordings.load(has_usage)
    if not records:
        pytest.skip("the recorded exchanges are not beside this checkout")
    ratios = {True: [1.0], False: [1.0]}
    for record in records:
        bound, reported = bound_of(record), reported_in(record)
        if bound.is_text and reported.tokens.input:
            is_long = len(request_of(record).body) > LONG_BYTES
            ratios[is_long].append(bound.input_tokens / reported.tokens.input)

    assert median(ratios[True]) < 10
    assert median(ratios[False]) < 30
