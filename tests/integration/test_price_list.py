"""The price list, loaded whole from its source."""

import time as clock
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from billing.prices import Price, price_at
from controlplane.catalog import models
from controlplane.catalog.price_list import load_price_list, update_output_limits
from tests import postgres

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LOADING_SECONDS_MAX = 10.0  # on a busy machine; on an idle one it takes less than two


@pytest.fixture(scope="module")
def whole_list(database_url: str) -> None:
    """The real price list, for tests that only read it."""
    postgres.empty(database_url)
    started = clock.perf_counter()
    assert load_price_list() > 2330
    assert clock.perf_counter() - started < LOADING_SECONDS_MAX


def prices_of(listing_id: str) -> list[Price]:
    rows = models.Price.objects.filter(listing_id=listing_id).order_by("id").values()
    return [Price.from_row(row) for row in rows]


def price_of(listing_id: str, at: datetime = NOW, tier: str | None = None) -> Price:
    price = price_at(prices_of(listing_id), at, tier)
    assert price is not None
    return price


def test_every_model_of_the_source_is_listed_with_its_prices(whole_list: None):
    assert models.Listing.objects.count() > 2330
    assert models.Price.objects.count() > 2500
    assert models.Price.objects.filter(listing__isnull=True).count() == 0


def test_loading_twice_changes_nothing(whole_list: None):
    before = models.Price.objects.count()

    assert load_price_list() == 0
    assert models.Price.objects.count() == before


def test_what_a_model_generates_at_most_is_kept_up_to_date(whole_list: None):
    limits = models.Listing.objects.filter(pk="openai/gpt-4o").values_list("max_output_tokens")
    assert limits.get() == (16_384,)
    models.Listing.objects.filter(pk="openai/gpt-4o").update(max_output_tokens=1)

    assert update_output_limits() == 1
    assert update_output_limits() == 0
    assert limits.get() == (16_384,)


def test_models_without_a_rate_have_no_price_but_free_ones_cost_nothing(whole_list: None):
    assert prices_of("openai/whisper-1") == []
    free = models.Listing.objects.filter(vendor="openrouter", model_name__endswith=":free").first()
    assert price_of(free.id).rates == {"input": 0, "output": 0}


def test_a_price_of_the_past_is_known_by_its_date(whole_list: None):
    name = "anthropic/claude-opus-4-6"
    before, after = (price_of(name, datetime(2026, 3, day, tzinfo=UTC)) for day in (12, 13))

    assert before.id == f"{name}@1970-01-01"
    assert before.rates_for(200_001)["input"] == 10
    assert after.id == f"{name}@2026-03-13"
    assert after.rates_for(200_001)["input"] == 5
    assert after.rates["cache_write_1h"] == 10


def test_tiers_are_the_variants_over_the_standard_rates(whole_list: None):
    batch = price_of("openai/gpt-4o", tier="batch")

    assert batch.id == "openai/gpt-4o@2026-10-14/batch"
    assert batch.rates["input"] == Decimal("1.25")
    assert batch.rates["cached_input"] == Decimal("1.25")  # the standard one: batch names none
    assert (
        price_of("openai/gpt-4o", NOW - timedelta(days=90), "batch").id
        == "openai/gpt-4o@1970-01-01"
    )
    assert price_of("anthropic/claude-opus-4-8", tier="fast").rates["output"] == 50


def test_prices_by_the_hour_hold_inside_their_hours(whole_list: None):
    day = datetime(2026, 11, 20, tzinfo=UTC)
    peak = price_of("deepseek/deepseek-v4-pro", day.replace(hour=3))
    flat = price_of("deepseek/deepseek-v4-pro", day.replace(hour=4))

    assert (peak.daily_from, peak.daily_until) == (time(1), time(4))
    assert peak.id == "deepseek/deepseek-v4-pro@2026-08-17/0100"
    assert (peak.rates["output"], flat.rates["output"]) == (Decimal("3.96"), Decimal("1.98"))


def test_a_vendor_that_resells_lists_the_makers_models_at_standard_prices(whole_list: None):
    assert price_of("azure/gpt-4o").rates == price_of("openai/gpt-4o").rates
    assert price_of("azure/gpt-4o", tier="batch").service_tier == "standard"
    assert price_of("google/claude-sonnet-4-5").rates["output"] == 15
    positions = models.Listing.objects.filter(vendor="azure").values_list("position", flat=True)
    assert sorted(positions) == list(range(len(positions)))


def test_an_update_from_the_same_source_writes_nothing(whole_list: None):
    out = StringIO()
    call_command("update_prices", "--dry-run", stdout=out)

    assert out.getvalue().splitlines() == [
        "0 models added",
        "0 models described anew",
        "0 models no longer listed",
        "0 prices added",
        "Nothing was written.",
    ]
