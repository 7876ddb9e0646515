"""The past replayed from real records: exact, bounded, and by every door the same."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from billing.money import format_usd
from controlplane.accounts.permissions import Principal, Role
from controlplane.caching.queries import LOCAL_EMBEDDER
from controlplane.catalog.models import Price
from controlplane.errors import DomainError
from controlplane.what_if import records, services
from controlplane.what_if.answering import answer
from controlplane.what_if.questions import read_question
from tests import builders, catalog
from tests.personas import caller

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 10, 12, tzinfo=UTC)
ALICE = Principal(Role.ADMIN, None, "alice")
PERIOD = {"period": "2026-10"}
MODEL = "far/gpt-4o"
USAGE = {"prompt_tokens": 12_345, "completion_tokens": 678}


def ask(viewer: Principal = ALICE, **asked) -> dict:
    return answer(read_question({**PERIOD, **asked}, viewer, NOW))


@pytest.fixture
def past(database: str) -> Decimal:
    """Ten calls of October at USD 2.50 and 10 a million, a cent and a half or so each, a minute
    apart; what one of them cost."""
    far = catalog.provider(base_url="https://far.example/v1")
    catalog.priced_model(of=far)
    catalog.model("small", of=far)
    Price.objects.create(
        id="far/small@1970",
        model_id="far/small",
        valid_from=datetime(1970, 1, 1, tzinfo=UTC),
        input_usd_per_mtok=Decimal("0.15"),
        output_usd_per_mtok=Decimal("0.6"),
    )
    cost = Decimal("0.0376425")
    call = {"provider": "far", "model": MODEL, "price_id": "far@1970-01-01", "cost_usd": cost}
    call |= {"input_tokens": 12_345, "output_tokens": 678, "customer_id": "acme"}
    builders.customer("acme")
    builders.usage_records(
        [{**call, "at": OCTOBER + timedelta(minutes=number)} for number in range(10)]
    )
    return cost


def price_command(capsys, model: str) -> Decimal:
    call_command(
        "price", "--provider", "far", "--model", model, "--usage", json.dumps({"usage": USAGE})
    )
    return Decimal(json.loads(capsys.readouterr().out)["cost_usd"])


def test_the_same_prices_differ_by_exactly_zero(past):
    rates = {"input_usd_per_mtok": "2.50", "output_usd_per_mtok": "10"}

    for same in (
        {"prices": [{"model": MODEL, **rates}]},
        {"prices_on": "2026-11-01"},
        {"models": [{"from": MODEL, "to": MODEL}]},
    ):
        told = ask(**same)
        assert (told["difference_usd"], told["replayed"], told["unknown"]) == ("0.00", 10, 0)
        assert told["booked_usd"] == told["would_be_usd"] == format_usd(10 * past)


def test_another_price_list_and_model_equal_the_price_command_to_the_last_digit(past, capsys):
    rates = {"input_usd_per_mtok": "0.15", "output_usd_per_mtok": "0.6"}
    one = price_command(capsys, "small")

    for otherwise in (
        {"prices": [{"model": MODEL, **rates}]},
        {"models": [{"from": MODEL, "to": "far/small"}]},
    ):
        assert ask(**otherwise)["would_be_usd"] == format_usd(10 * one)
    assert price_command(capsys, "gpt-4o") == past


def test_a_budget_says_which_keys_would_have_been_refused_and_when_first(past, monkeypatch):
    monkeypatch.setattr(records, "BATCH", 3)
    builders.usage_record(  # spent before the period, in the same window of a year
        at=OCTOBER - timedelta(days=30), cost_usd=Decimal("0.5"), customer_id="acme"
    )
    limit = format_usd(Decimal("0.5") + 4 * past)
    budget = {"owner_type": "customer", "owner": "acme", "window": "year", "limit_usd": limit}

    told = ask(budgets=[budget])

    assert told["refused"]["requests"] == 6
    assert told["difference_usd"] == format_usd(-6 * past)
    (key,) = told["refused"]["by_key"]
    assert (key["virtual_key"], key["first_at"]) == ("vk-1", "2026-10-10T12:04:00Z")


def test_without_the_cache_answers_cost_what_they_saved(past):
    hit = {"cache": "exact", "usage_source": "none", "cost_usd": 0, "saved_usd": past}
    builders.usage_record(at=OCTOBER, model=MODEL, provider="far", **hit)

    assert ask(cache={"mode": "off"})["difference_usd"] == format_usd(past)


def test_a_semantic_cache_is_an_estimate_that_says_it_is_not_proven(past):
    builders.virtual_key("vk-1")
    learned = {"customer_id": "acme", "virtual_key_id": "vk-1", "bin": 6, "low": 0.98}
    learned |= {"labels": 5, "wrong": 1, "updated_at": NOW}
    for embedder in (LOCAL_EMBEDDER, "one/that was there before"):
        builders.insert("caching_cacheevidence", learned | {"embedder": embedder}, returning="id")

    told = ask(cache={"mode": "semantic", "threshold": "0.95"})

    assert told["difference_usd"] == "0.00"
    assert told["cache"]["saved_usd"] == format_usd(5 * past)
    (key,) = told["cache"]["keys"]
    assert (key["hit_share"], key["is_proven"], key["wrong"]) == ("0.5000", False, 1)


def test_who_is_bound_asks_about_their_own(past):
    rival = Principal(Role.ADMIN, "rival", "mallory")

    assert ask(rival, cache={"mode": "off"})["requests"] == 0
    with pytest.raises(DomainError, match="no such owner"):
        ask(rival, budgets=[{"owner_type": "customer", "owner": "acme", "limit_usd": "1"}])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "Say what is to be otherwise"),
        ({"period": "2027-01", "cache": {"mode": "off"}}, "period: Must have begun"),
        ({"prices": [{"model": "m"}]}, "at least one rate"),
        ({"prices": [{"model": "m", "input_usd_per_mtok": "-1"}]}, "prices.input_usd_per_mtok"),
        ({"prices": [{"model": "m", "colour": "1"}]}, "prices.colour"),
        ({"budgets": [{"limit_usd": "1"}]}, "budgets.owner_type"),
        ({"budgets": [{"budget": "none", "limit_usd": "1"}]}, "no such budget"),
        ({"budgets": [{"owner_type": "team", "owner": "x", "limit_usd": "NaN"}]}, "limit_usd"),
        ({"cache": {"mode": "on"}}, "cache.mode"),
        ({"timezone": "Mars", "cache": {"mode": "off"}}, "timezone"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_question_that_is_none_names_its_field(past, asked, says):
    with pytest.raises(DomainError, match=says):
        ask(**asked)


def test_over_the_network_a_small_one_is_answered_at_once_and_a_large_one_by_a_task(
    past, monkeypatch
):
    body = {"period": "2026-10", "models": [{"from": MODEL, "to": "far/small"}]}
    finance = caller("finance")

    made = finance.post("what-if", body)
    assert (made.status_code, made.json()["state"]) == (201, "done"), made.content
    monkeypatch.setattr(services, "AT_ONCE_MAX", 0)
    waiting = finance.post("what-if", body).json()
    assert (waiting["state"], waiting["answer"]) == ("waiting", None)
    assert services.answer_waiting() == 1
    fetched = finance.get(f"what-if/{waiting['id']}").json()
    assert fetched["answer"] == made.json()["answer"]
    assert "instead of" in fetched["says"][0]
    assert caller("auditor").post("what-if", body).status_code == 403
    assert finance.post("what-if", {"period": "2026-10"}).status_code == 400


def test_the_command_reads_a_price_list_of_a_file(past, tmp_path, capsys):
    path = tmp_path / "prices.yaml"
    path.write_text(
        f"prices:\n- {{model: {MODEL}, input_usd_per_mtok: 0, output_usd_per_mtok: 0}}\n"
    )

    call_command("what_if", "--period", "2026-10", "--prices", str(path), "--json")
    assert json.loads(capsys.readouterr().out)["would_be_usd"] == "0.00"
    call_command("what_if", "--period", "2026-10", "--budget", "customer:acme:month=0.1")
    assert "requests of 1 keys would have been refused" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Say what is to be otherwise"):
        call_command("what_if", "--period", "2026-10")
