"""An update of the price list: what the source says, from now on, without touching the past."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from billing.prices import LongContext, Price, price_at
from controlplane.catalog import models
from controlplane.catalog.price_list import load_price_list
from controlplane.catalog.price_source import SourceListing
from controlplane.catalog.price_update import update_price_list
from controlplane.catalog.pricing import price_id

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rated(usd: str, valid_from: datetime = EPOCH, tier: str = "standard", **fields: Any) -> Price:
    name = price_id("acme/one", valid_from, tier, fields.get("daily_from"))
    return Price(name, valid_from, {"input": Decimal(usd)}, tier, **fields)


def listing(*prices: Price, name: str = "one", **fields: Any) -> SourceListing:
    usual = {"title": "One", "match": {"equals": name}, "position": 0, "is_deprecated": False}
    return SourceListing(
        id=f"acme/{name}",
        vendor="acme",
        model_name=name,
        context_window_tokens=None,
        prices=prices,
        **{**usual, **fields},
    )


@pytest.fixture
def update(database: str) -> Callable[..., list[str]]:
    """Loads the first source, updates from the second; answers with the prices added."""

    def run(first: SourceListing, then: SourceListing, now: datetime = NOW) -> list[str]:
        load_price_list(lambda: [first])
        return [row.id for row in update_price_list([then], now=now).prices]

    return run


def price_of(at: datetime, tier: str | None = None) -> Price:
    rows = models.Price.objects.filter(listing_id="acme/one").values()
    price = price_at([Price.from_row(row) for row in rows], at, tier)
    assert price is not None
    return price


def inputs(*moments: datetime, tier: str | None = None) -> list[int]:
    return [int(price_of(at, tier).rates["input"]) for at in moments]


def test_a_changed_price_holds_from_now_on_and_not_before(update: Callable[..., list[str]]):
    added = update(listing(rated("3")), listing(rated("5")))

    assert added == ["acme/one@2026-11-21T12:00:00Z"]
    assert inputs(EPOCH, NOW - timedelta(seconds=1), NOW, NOW + DAY) == [3, 3, 5, 5]


def test_a_change_that_the_source_learned_of_late_leaves_the_past(update: Callable[..., list[str]]):
    update(listing(rated("3")), listing(rated("3"), rated("5", NOW - DAY * 9)))

    assert inputs(NOW - DAY, NOW) == [3, 5]


def test_an_announced_change_holds_from_its_date(update: Callable[..., list[str]]):
    added = update(listing(rated("3")), listing(rated("3"), rated("5", NOW + DAY * 9)))

    assert added == ["acme/one@2026-11-30T12:00:00Z"]
    assert inputs(NOW, NOW + DAY * 8, NOW + DAY * 9) == [3, 3, 5]


def test_an_announced_change_that_was_called_off_does_not_come(update: Callable[..., list[str]]):
    later = NOW + DAY * 9
    added = update(listing(rated("3"), rated("5", later)), listing(rated("3")))

    assert added == ["acme/one@2026-11-30T12:00:01Z"]
    assert inputs(NOW, later + DAY) == [3, 3]


def test_a_tier_that_is_gone_costs_the_standard_price_from_now_on(
    update: Callable[..., list[str]],
):
    update(listing(rated("4"), rated("2", tier="batch")), listing(rated("4")))

    assert inputs(NOW - DAY, NOW, tier="batch") == [2, 4]


def test_a_new_tier_and_new_hours_begin_now(update: Callable[..., list[str]]):
    hours = {"daily_from": time(0), "daily_until": time(13)}
    added = update(listing(rated("4")), listing(rated("4"), rated("9", **hours)))

    assert added == ["acme/one@2026-11-21T12:00:00Z", "acme/one@2026-11-21T12:00:00Z/0000"]
    assert inputs(NOW - DAY, NOW, NOW + timedelta(hours=2)) == [4, 9, 4]


def test_long_context_tiers_are_compared_too(update: Callable[..., list[str]]):
    def tiered(usd: str) -> SourceListing:
        return listing(rated("3", long_context=(LongContext(1000, {"input": Decimal(usd)}),)))

    assert update(tiered("6"), tiered("6.000")) == []
    update(tiered("6"), tiered("7"))
    assert price_of(NOW).rates_for(1001) == {"input": 7}
    assert price_of(NOW - DAY).rates_for(1001) == {"input": 6}


def test_updating_twice_adds_nothing_more(update: Callable[..., list[str]]):
    update(listing(rated("3")), listing(rated("5")))

    assert update_price_list([listing(rated("5"))], now=NOW + DAY).prices == []


def test_a_price_that_the_source_gives_up_stays(update: Callable[..., list[str]]):
    assert update(listing(rated("3")), listing()) == []
    assert inputs(NOW) == [3]


def test_models_come_change_and_go(database: str):
    load_price_list(lambda: [listing(rated("3")), listing(name="two", position=1)])
    renamed = listing(rated("3"), title="The One", position=1)
    source = [listing(name="new"), renamed]

    update = update_price_list(source, now=NOW)

    assert [row.id for row in update.added] == ["acme/new"]
    assert [row.id for row in update.changed] == ["acme/one"]
    assert [row.id for row in update.vanished] == ["acme/two"]
    gone = models.Listing.objects.get(pk="acme/two")
    assert gone.is_deprecated
    assert list(models.Listing.objects.order_by("position"))[-1] == gone
    assert not update_price_list(source, now=NOW).vanished


def test_a_dry_run_only_tells(database: str):
    load_price_list(lambda: [listing(rated("3"))])
    changed = replace(listing(rated("5")), title="Another")

    update = update_price_list([changed], now=NOW, dry_run=True)

    assert len(update.prices) == len(update.changed) == 1
    assert models.Listing.objects.get().title == "One"
    assert models.Price.objects.count() == 1


def test_the_command_names_what_it_wrote(database: str):
    load_price_list(lambda: [listing(name="openai-is-not-there", position=1)])
    out = StringIO()
    call_command("update_prices", stdout=out)

    lines = out.getvalue().splitlines()
    assert "1 models no longer listed" in lines
    assert "  acme/openai-is-not-there" in lines
    assert any(line.startswith("  and ") for line in lines)
    assert models.Listing.objects.filter(id="openai/gpt-4o").exists()
