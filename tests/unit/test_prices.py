"""Which price holds at a moment, and what it is made of."""

from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from billing.prices import COLUMNS, Price, price_at

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def price(id: str, valid_from: datetime = EPOCH, **fields: Any) -> Price:
    return Price(id, valid_from, {"input": Decimal(1)}, **fields)


def id_at(prices: list[Price], at: datetime = NOON, tier: str | None = None) -> str | None:
    found = price_at(prices, at, tier)
    return found.id if found else None


def test_the_latest_price_that_has_begun_holds():
    prices = [price("old"), price("now", NOON), price("future", NOON + DAY)]

    assert id_at(prices, NOON - DAY) == "old"
    assert id_at(prices, NOON) == "now"
    assert id_at(prices, NOON + DAY) == "future"


def test_there_is_none_before_the_first():
    assert price_at([price("now", NOON)], NOON - timedelta(seconds=1)) is None
    assert price_at([], NOON) is None


def test_a_custom_price_comes_before_a_later_one_of_the_list():
    prices = [price("custom", NOON - DAY, is_custom=True), price("list", NOON)]

    assert id_at(prices) == "custom"
    assert id_at(prices, NOON - DAY * 2) is None
    assert id_at([*prices, price("first")], NOON - DAY * 2) == "first"


def test_a_tier_has_its_own_price_or_the_standard_one():
    prices = [price("standard", NOON), price("batch", service_tier="batch")]

    assert id_at(prices, tier="batch") == "batch"
    assert id_at(prices, tier="flex") == "standard"
    assert id_at(prices) == "standard"


def test_a_custom_standard_price_comes_before_the_lists_price_of_the_tier():
    prices = [price("custom", is_custom=True), price("list", service_tier="batch")]

    assert id_at(prices, tier="batch") == "custom"


@pytest.mark.parametrize(
    ("hour", "expected"), [(0, "flat"), (1, "peak"), (3, "peak"), (4, "flat"), (12, "flat")]
)
def test_a_daily_window_holds_between_its_hours(hour: int, expected: str):
    prices = [price("peak", daily_from=time(1), daily_until=time(4)), price("flat")]

    assert id_at(prices, NOON.replace(hour=hour)) == expected


@pytest.mark.parametrize(("hour", "expected"), [(23, "night"), (2, "night"), (6, "flat")])
def test_a_daily_window_may_pass_midnight(hour: int, expected: str):
    prices = [price("flat"), price("night", daily_from=time(22), daily_until=time(6))]

    assert id_at(prices, NOON.replace(hour=hour)) == expected


def test_hours_are_those_of_utc():
    prices = [price("flat"), price("peak", daily_from=time(1), daily_until=time(4))]
    tokyo = timezone(timedelta(hours=9))

    assert id_at(prices, datetime(2026, 11, 21, 10, 30, tzinfo=tokyo)) == "peak"


def test_a_window_of_an_older_price_ends_with_it():
    prices = [price("peak", daily_from=time(0), daily_until=time(23)), price("newer", NOON - DAY)]

    assert id_at(prices) == "newer"


def test_a_long_context_changes_the_rates_of_the_whole_request():
    row = {
        "input_usd_per_mtok": Decimal(3),
        "output_usd_per_mtok": Decimal(15),
        "tiers": [
            {"above_input_tokens": 500_000, "input_usd_per_mtok": "9"},
            {"above_input_tokens": 200_000, "input_usd_per_mtok": "6", "unknown": "1"},
        ],
    }
    found = Price.from_row(columns(**row))

    assert found.rates_for(200_000) == {"input": 3, "output": 15}
    assert found.rates_for(200_001) == {"input": 6, "output": 15}
    assert found.rates_for(500_001) == {"input": 9, "output": 15}
    assert [tier.above_input_tokens for tier in found.tiers_within(300_000)] == [200_000]


def test_a_row_of_the_database_becomes_a_price():
    row = columns(
        model_id="openai/gpt-4o",
        valid_from=NOON,
        service_tier="flex",
        daily_from=time(1),
        daily_until=time(2),
        request_usd_per_thousand=Decimal(5),
    )

    assert Price.from_row(row) == Price(
        id="p",
        valid_from=NOON,
        rates={"request": Decimal(5)},
        service_tier="flex",
        daily_from=time(1),
        daily_until=time(2),
        is_custom=True,
    )


def columns(**given: Any) -> dict[str, Any]:
    """A row of the price table, empty but for what is given."""
    fixed = {
        "id": "p",
        "model_id": None,
        "listing_id": "openai/gpt-4o",
        "valid_from": EPOCH,
        "service_tier": "standard",
        "daily_from": None,
        "daily_until": None,
        "tiers": [],
    }
    return {**dict.fromkeys(COLUMNS.values()), **fixed, **given}
