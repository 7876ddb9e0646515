"""Providers, whose credentials are compared and not shown, and prices, which have a history."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone as clock

from controlplane.catalog.models import Price, Provider
from controlplane.sealing import sealing_keys
from tests import builders, catalog
from tests.integration.provisioning.applying import apply, counts, wrong

pytestmark = pytest.mark.usefixtures("database")

OPENAI = "providers: [{id: openai, kind: openai, credential: {api_key: ${OPENAI_KEY}}}]"


def credential():
    row = Provider.objects.get()
    return sealing_keys().open(bytes(row.credential_sealed), row.id)


def test_a_credential_comes_from_the_environment_and_is_not_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_KEY", "sk-first")

    applied = apply(OPENAI)

    assert credential() == {"api_key": "sk-first"}
    assert "sk-first" not in str(applied.as_json())
    (change,) = applied.plan.changes
    assert ("credential", None, "(given)") in [tuple(each) for each in change.differences]


def test_the_same_credential_is_no_change(monkeypatch):
    monkeypatch.setenv("OPENAI_KEY", "sk-first")
    apply(OPENAI)
    sealed = bytes(Provider.objects.get().credential_sealed)

    assert apply(OPENAI).plan.is_empty
    assert bytes(Provider.objects.get().credential_sealed) == sealed


def test_another_credential_is_said_to_be_another(monkeypatch):
    monkeypatch.setenv("OPENAI_KEY", "sk-first")
    apply(OPENAI)
    monkeypatch.setenv("OPENAI_KEY", "sk-second")

    (change,) = apply(OPENAI).plan.changes

    assert [tuple(each) for each in change.differences] == [("credential", None, "(changed)")]
    assert credential() == {"api_key": "sk-second"}


def test_a_credential_that_is_left_out_stays_and_null_removes_it(monkeypatch):
    monkeypatch.setenv("OPENAI_KEY", "sk-first")
    apply(OPENAI)

    apply("providers: [{id: openai, kind: openai, name: X}]")
    assert credential() == {"api_key": "sk-first"}

    (change,) = apply("providers: [{id: openai, credential: null}]").plan.changes
    assert [tuple(each) for each in change.differences] == [("credential", None, "(removed)")]
    assert Provider.objects.get().credential_sealed is None
    assert apply("providers: [{id: openai, credential: null}]").plan.is_empty


def test_a_credential_that_no_key_opens_is_sealed_anew(monkeypatch):
    monkeypatch.setenv("OPENAI_KEY", "sk-first")
    apply(OPENAI)
    Provider.objects.update(credential_sealed=b"garbage")

    assert counts(apply(OPENAI)) == (0, 1, 0, 0)
    assert credential() == {"api_key": "sk-first"}


def test_a_provider_without_its_address_is_refused_by_its_line():
    (problem,) = wrong("providers:\n- {id: mine, kind: azure_openai}")

    assert problem.startswith("line 2, column ")
    assert "needs its address" in problem


def test_the_price_list_that_follows_from_the_kind_is_no_change():
    text = "providers: [{id: openai, kind: openai, price_list: ''}]"
    apply(text)

    assert Provider.objects.get().price_list == "openai"
    assert apply(text).plan.is_empty


@pytest.fixture
def model(database):
    return catalog.model("m", of=catalog.provider("far", base_url="http://127.0.0.1:9"))


def prices():
    rows = Price.objects.order_by("valid_from")
    return [(row.input_usd_per_mtok, row.output_usd_per_mtok) for row in rows]


@pytest.mark.usefixtures("model")
def test_a_price_with_a_date_is_known_by_it():
    text = "prices: [{model: far/m, valid_from: 2020-01-01, input_usd_per_mtok: 1}]"
    apply(text)

    assert apply(text).plan.is_empty
    assert Price.objects.get().valid_from == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.usefixtures("model")
def test_a_price_that_holds_is_not_edited():
    apply("prices: [{model: far/m, valid_from: 2020-01-01, input_usd_per_mtok: 1}]")

    (problem,) = wrong("prices:\n- {model: far/m, valid_from: 2020-01-01, input_usd_per_mtok: 2}")

    assert problem.startswith("line 2, column ")
    assert "prices[0].input_usd_per_mtok: A price that holds already is not edited" in problem
    assert prices() == [(1, None)]


@pytest.mark.usefixtures("model")
def test_a_price_of_the_future_may_change():
    text = "prices: [{model: far/m, valid_from: 2099-01-01, input_usd_per_mtok: 1}]"
    apply(text)

    assert counts(apply(text.replace("mtok: 1", "mtok: 2"))) == (0, 1, 0, 0)
    assert prices() == [(2, None)]


@pytest.mark.usefixtures("model")
def test_a_price_without_a_date_holds_from_when_it_is_another():
    rates = "input_usd_per_mtok: 1, output_usd_per_mtok: 4"
    apply(f"prices: [{{model: far/m, valid_from: 2020-01-01, {rates}}}]")
    assert apply(f"prices: [{{model: far/m, {rates}}}]").plan.is_empty

    applied = apply("prices: [{model: far/m, input_usd_per_mtok: 2}]")

    assert counts(applied) == (1, 0, 0, 0)
    # What the new price does not say anew stays as it was.
    assert prices() == [(1, 4), (2, 4)]
    assert Price.objects.latest("valid_from").valid_from <= clock.now()
    assert apply("prices: [{model: far/m, input_usd_per_mtok: 2}]").plan.is_empty


@pytest.mark.usefixtures("model")
def test_prices_of_service_tiers_are_apart():
    text = (
        "prices:\n"
        "- {model: far/m, valid_from: 2020-01-01, input_usd_per_mtok: 2}\n"
        "- {model: far/m, valid_from: 2020-01-01, service_tier: batch, input_usd_per_mtok: 1}\n"
    )
    apply(text)

    assert apply(text).plan.is_empty
    (problem,) = wrong(text.replace("service_tier: batch, ", ""))
    assert "prices[1].model: This price is here twice, first in line 2." in problem


@pytest.mark.usefixtures("model")
def test_a_price_needs_a_rate():
    (problem,) = wrong("prices: [{model: far/m, valid_from: 2099-01-01}]")

    assert "A price has at least one rate." in problem


@pytest.mark.usefixtures("model")
def test_a_price_that_would_re_rate_closed_months_is_refused_with_the_reason():
    builders.usage_record(model="far/m", at=datetime(2026, 9, 15, tzinfo=UTC))

    (problem,) = wrong("prices:\n- {model: far/m, valid_from: 2026-09-01, input_usd_per_mtok: 2}")

    assert problem.startswith("line 2, column 30: prices[0].valid_from: Calls of closed months")
    assert prices() == []
