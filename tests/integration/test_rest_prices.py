"""`/api/v1/prices`: custom ones to write, those of the price list to read."""

from datetime import UTC, datetime

import pytest

from controlplane.catalog.models import Listing, Model, Price
from tests import builders
from tests.personas import refusal

RATES = {"input_usd_per_mtok": "2.50", "output_usd_per_mtok": "10.00"}
FUTURE = "2099-01-01"


@pytest.fixture
def openai(alice):
    """A provider whose price list knows gpt-4o, which nobody configured."""
    alice.make("providers", id="openai", kind="openai")
    listing = Listing.objects.create(
        id="openai/gpt-4o",
        vendor="openai",
        model_name="gpt-4o",
        match={"starts_with": "gpt-4o"},
        position=1,
    )
    Price.objects.create(
        id="openai/gpt-4o@2024-05-13",
        listing=listing,
        valid_from=datetime(2024, 5, 13, tzinfo=UTC),
        input_usd_per_mtok=5,
    )


def test_a_price_is_read_back_as_it_was_written(alice, openai):
    alice.make("models", id="openai/mine")
    sent = {
        **RATES,
        "cached_input_usd_per_mtok": "1.25",
        "valid_from": "2026-11-21T10:30:00Z",
        "service_tier": "batch",
        "tiers": [{"above_input_tokens": 200000, "input_usd_per_mtok": "5.00"}],
        "metadata": {"contract": "A-1"},
    }

    price_id = alice.make("prices", model="openai/mine", **sent)["id"]

    price = alice.get(f"prices/{price_id}").json()
    assert price_id == "openai/mine@2026-11-21T10:30:00Z/batch/custom"
    assert {**sent, "model": "openai/mine", "source": "custom"}.items() <= price.items()
    assert price["web_search_usd_per_thousand"] is None


def test_a_price_holds_from_now_on_unless_it_says_when(alice, openai):
    price = alice.make("prices", model="openai/gpt-4o", **RATES)

    age = datetime.now(UTC) - datetime.fromisoformat(price["valid_from"])
    assert 0 <= age.total_seconds() < 60


def test_a_day_means_its_midnight_in_utc(alice, openai):
    price = alice.make("prices", model="openai/gpt-4o", valid_from="2026-11-21", **RATES)

    assert price["valid_from"] == "2026-11-21T00:00:00Z"
    assert price["id"] == "openai/gpt-4o@2026-11-21/custom"


def test_a_price_of_a_listed_model_configures_the_model(alice, openai):
    alice.make("prices", model="openai/gpt-4o-2024-08-06", **RATES)

    model = Model.objects.get()
    assert (model.id, model.upstream_model) == ("openai/gpt-4o-2024-08-06", "gpt-4o-2024-08-06")


@pytest.mark.parametrize("model", ["openai/unheard-of", "nobody/gpt-4o", "gpt-4o", "", 5, "\u0000"])
def test_a_price_of_an_unknown_model_is_refused(alice, openai, model):
    assert "model" in refusal(alice.post("prices", {"model": model, **RATES}))["fields"]
    assert not Model.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input_usd_per_mtok", 2.5),
        ("input_usd_per_mtok", "-1"),
        ("input_usd_per_mtok", "NaN"),
        ("input_usd_per_mtok", "0.00000000001"),
        ("input_usd_per_mtok", "99999999999"),
        ("valid_from", "2026-11-21T10:00:00"),
        ("valid_from", "yesterday"),
        ("valid_from", "2026-02-30"),
        ("service_tier", "gold"),
        ("daily_from", "10:00"),
        ("tiers", [{"above_input_tokens": 0, "input_usd_per_mtok": "1"}]),
        ("tiers", [{"above_input_tokens": 5}]),
        ("tiers", [{"above_input_tokens": 5, "input_usd_per_mtok": 1.5}]),
        ("tiers", [{"above_input_tokens": 5, "input_usd_per_mtok": "NaN"}]),
        ("tiers", [{"above_input_tokens": 5, "input": "1"}]),
        ("tiers", {"above_input_tokens": 5}),
        ("id", "a b"),
        ("input_usd", "1"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_created(alice, openai, field, value):
    error = refusal(alice.post("prices", {"model": "openai/gpt-4o", **RATES, field: value}))

    assert field in error["fields"]
    assert not Model.objects.exists()


def test_a_price_without_any_rate_is_refused(alice, openai):
    error = refusal(alice.post("prices", {"model": "openai/gpt-4o"}))

    assert "input_usd_per_mtok" in error["fields"]


def test_a_second_price_from_the_same_date_is_a_conflict(alice, openai):
    price = {"model": "openai/gpt-4o", "valid_from": "2026-11-21", **RATES}
    alice.make("prices", **price)

    assert "valid_from" in refusal(alice.post("prices", {**price, "id": "x"}), 409)["fields"]


def test_a_future_price_may_change_and_one_in_force_may_not(alice, openai):
    future = alice.make("prices", model="openai/gpt-4o", valid_from=FUTURE, **RATES)
    current = alice.make("prices", model="openai/gpt-4o", valid_from="2026-01-01", **RATES)

    changed = alice.patch(f"prices/{future['id']}", {"input_usd_per_mtok": "3"}).json()
    error = refusal(alice.patch(f"prices/{current['id']}", {"input_usd_per_mtok": "3"}), 409)

    assert changed["input_usd_per_mtok"] == "3.00"
    assert error["code"] == "price_in_force"
    assert alice.patch(f"prices/{current['id']}", {"name": "Contract"}).json()["name"] == "Contract"


def test_a_price_that_usage_names_is_not_deleted(alice, openai):
    used = alice.make("prices", model="openai/gpt-4o", valid_from="2026-01-01", **RATES)
    unused = alice.make("prices", model="openai/gpt-4o", valid_from=FUTURE, **RATES)
    builders.usage_record(price_id=used["id"])

    assert refusal(alice.delete(f"prices/{used['id']}"), 409)["code"] == "price_used"
    assert alice.delete(f"prices/{unused['id']}").status_code == 204


def test_a_list_price_is_read_and_never_changed(alice, openai):
    path = "prices/openai/gpt-4o@2024-05-13"

    assert alice.get(path).json()["source"] == "list"
    assert alice.get(path).json()["model"] == "openai/gpt-4o"
    for refused in (alice.patch(path, {"name": "x"}), alice.delete(path)):
        assert refusal(refused, 409)["code"] == "list_price"


def test_prices_are_found_by_model_date_and_source(alice, openai):
    alice.make("prices", model="openai/gpt-4o", valid_from="2026-11-21", **RATES)

    def sources(**query):
        return [price["source"] for price in alice.get("prices", **query).json()["results"]]

    assert sources(model="openai/gpt-4o") == ["list", "custom"]
    assert sources(valid_from="2026-11-21") == sources(source="custom") == ["custom"]
    assert sources(model="nothing") == []


def test_a_model_with_prices_is_not_deleted(alice, openai):
    price = alice.make("prices", model="openai/gpt-4o", **RATES)

    error = refusal(alice.delete("models/openai/gpt-4o"), 409)

    assert error["fields"] == {"prices": [price["id"]]}


def test_a_price_does_not_reach_back_into_a_closed_month(alice, openai):
    alice.make("models", id="openai/mine")
    builders.usage_record(model="openai/mine", at=datetime(2026, 9, 15, 12, 30, tzinfo=UTC))

    for valid_from in ("2026-08-01", "2026-09-15T12:30:00Z"):
        body = {**RATES, "model": "openai/mine", "valid_from": valid_from}
        error = refusal(alice.post("prices", body), 409)
        assert error["code"] == "closed_month"
        assert "closed months" in error["fields"]["valid_from"][0]

    alice.make("prices", model="openai/mine", valid_from="2026-09-16", **RATES)


def test_a_future_price_does_not_move_into_a_closed_month(alice, openai):
    alice.make("models", id="openai/mine")
    price = alice.make("prices", model="openai/mine", valid_from=FUTURE, **RATES)
    builders.usage_record(model="openai/mine", at=datetime(2026, 9, 15, tzinfo=UTC))

    error = refusal(alice.patch(f"prices/{price['id']}", {"valid_from": "2026-09-01"}), 409)

    assert error["code"] == "closed_month"


def test_models_nobody_called_have_prices_of_any_date(alice, openai):
    alice.make("models", id="openai/mine")
    builders.usage_record(model="openai/other", at=datetime(2026, 9, 15, tzinfo=UTC))

    alice.make("prices", model="openai/mine", valid_from="2020-01-01", **RATES)
