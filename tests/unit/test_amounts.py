"""What is reserved: the bound at the dearest of what may hold for the request."""

from decimal import Decimal
from typing import Any

import pytest

from billing.money import USD_MAX
from dataplane.metering.worst_case.amounts import service_tiers, worst_case_usd
from dataplane.metering.worst_case.estimate import worst_case
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment
from tests.estimates import DEFAULT, call, deployment, listing, price

TIERS = (price(output="10"), price("priority", output="17"), price("fast", output="60"))
ADVISOR = {"type": "advisor_20260301", "model": "claude-opus-4-8", "max_uses": 2, "max_tokens": 100}


def reserved(request: GatewayRequest, at: Deployment) -> Decimal | None:
    return worst_case_usd(request, at, DEFAULT)


@pytest.mark.parametrize(
    ("kind", "fields", "usd"),
    [
        ("openai_compatible", {}, "10"),
        ("openai_compatible", {"service_tier": "auto"}, "10"),
        ("openai", {}, "17"),
        ("openai", {"service_tier": None}, "17"),
        ("azure_openai", {"service_tier": "auto"}, "17"),
        ("openai", {"service_tier": "default"}, "10"),
        ("openai", {"service_tier": "flex"}, "10"),
        ("openai", {"service_tier": "priority"}, "60"),
        ("openai", {"service_tier": "a tier of a later API"}, "60"),
        ("openai", {"service_tier": 7}, "60"),
        ("anthropic", {"speed": "fast"}, "60"),
    ],
)
def test_it_is_at_the_dearest_tier_that_may_serve(kind: str, fields: dict[str, Any], usd: str):
    request = call(max_tokens=1_000_000, **fields)

    assert reserved(request, deployment(*TIERS, kind=kind)) == Decimal(usd)


def test_a_tier_without_a_price_costs_the_standard():
    request = call(max_tokens=1_000_000, service_tier="priority")

    assert reserved(request, deployment(price(output="10"))) == Decimal(10)


def test_text_is_not_reserved_as_audio_but_cache_writes_are():
    dear = price(input="1", cache_write_1h="2", input_audio="100", output="0")
    request = call(max_tokens=1)

    tokens = worst_case(request, deployment(), DEFAULT).input_tokens
    assert reserved(request, deployment(dear)) == Decimal(2 * tokens) / 10**6


def test_fees_of_the_request_and_its_searches_are_in_it():
    fees = price(input="0", output="0", request="5", web_search="10")
    search = {"type": "web_search_20250305", "max_uses": 3}

    assert reserved(call(), deployment(fees)) == Decimal("0.005")
    assert reserved(call(tools=[search]), deployment(fees)) == Decimal("0.035")


def test_an_advisor_is_reserved_at_its_own_price():
    opus = listing("claude-opus-4-8", price(input="0", output="75"))
    at = deployment(price(input="0", output="0"), others=[opus])

    assert reserved(call(tools=[ADVISOR]), at) == 2 * 100 * Decimal(75) / 10**6


def test_an_advisor_that_nobody_prices_makes_the_call_unpriced():
    assert reserved(call(tools=[ADVISOR]), deployment()) is None


def test_a_model_without_a_price_has_no_bound():
    assert reserved(call(), deployment(price("priority"))) is None


def test_no_number_in_a_body_makes_an_amount_that_the_books_cannot_hold():
    request = call(max_tokens=10**30, n=10**30)

    assert reserved(request, deployment(price(output="9999999999"))) == USD_MAX


def test_the_tiers_are_told_from_bytes_alone():
    assert service_tiers(call(b'{"service_tier":"pri\\u006frity"}'), deployment().provider) > {
        "priority"
    }
