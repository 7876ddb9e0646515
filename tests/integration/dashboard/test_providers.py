"""Providers, models and prices: what is unwell, what it comes to, and a new price."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests import builders
from tests.integration.dashboard.reading import few_queries, numbers_in, part, row_of, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

MODEL = "openai/gpt-4o"
PRICES = f"/prices/?model={MODEL}"
RATES = {"input": "2.50", "output": "10", "cached_input": "", "cache_write": ""}


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def traffic(now):
    """An hour ago: three answers, one of them after a failure; two have no price."""
    from controlplane.catalog.models import Model, Provider

    Provider.objects.create(id="openai", name="OpenAI", kind="openai")
    Model.objects.create(id=MODEL, provider_id="openai", upstream_model="gpt-4o")
    at = now - timedelta(hours=1)
    answer = {"provider": "openai", "model": MODEL, "status": 200, "error_code": None, "ms": 5.0}
    missed = {**answer, "status": None, "error_code": "timeout"}
    builders.usage_records(
        [
            {"at": at, "attempts": [answer], "cost_usd": Decimal("0.000001")},
            {"at": at, "attempts": [missed, answer], "cost_usd": None, "customer_id": "rival"},
            {"at": at, "attempts": [answer], "cost_usd": None},
        ]
    )


def test_attempts_are_counted_whoever_rescued_them(sign_in, traffic):
    page = text_of(sign_in().get("/providers/"))

    assert 'aria-label="4 attempts, 1 failed"' in page
    assert row_of(page, MODEL)[:2] == ["4", "0.250000"]
    assert "timed out (<data" in page


def test_each_model_says_whether_it_is_called_now(sign_in, traffic, now):
    row = {"process_id": "p1", "provider_id": "openai", "model": "gpt-4o", "credential_index": 0}
    counts = {"attempts": 9, "failures": 9, "since": now, "reported_at": now + timedelta(minutes=1)}
    row |= {"state": "open", **counts}
    builders.insert("catalog_deploymenthealth", row, returning="process_id")

    page = text_of(sign_in("engineer").get("/providers/"))

    assert "Paused since" in page


def test_a_bound_member_sees_the_attempts_of_their_own(sign_in, traffic):
    page = text_of(sign_in("engineer", "acme").get("/providers/"))

    assert 'aria-label="2 attempts, 0 failed"' in page
    assert "Test</button>" not in page


def test_models_without_a_price_come_first(sign_in, traffic, now):
    page = text_of(sign_in("finance").get("/providers/"))

    if now - timedelta(hours=1) >= now.replace(day=1, hour=0, minute=0, second=0, microsecond=0):
        assert f"<b>{MODEL}</b> was used" in page
        assert numbers_in(part(page, "was used", "this month"))[0] == ("2", "2")


def test_what_models_came_to_is_what_the_api_says(sign_in, traffic):
    page = text_of(sign_in().get("/models/?period=2d"))
    (group,) = caller().get("usage/summary?period=2d&group_by=model").json()["results"]

    assert row_of(page, MODEL)[0] == group["cost_usd"] == "0.000001"
    assert row_of(page, MODEL)[2] == str(group["requests"])


def test_pages_of_providers_ask_little(sign_in, traffic):
    client = sign_in()

    for path in ("/providers/", "/models/", PRICES):
        with few_queries():
            text_of(client.get(path))


def test_a_price_is_set_and_shown_as_todays(sign_in, traffic, now):
    client = sign_in("finance")

    answer = client.post(PRICES, {**RATES, "valid_from": f"{now:%Y-%m-%d}", "act": "set"})

    assert (answer.status_code, answer["Location"]) == (302, PRICES)
    page = text_of(client.get(PRICES))
    assert "today</span>" in page
    assert "2.50" in part(page, '<tr class="today">', "</tr>")


def test_the_effect_is_shown_before_anything_is_saved(sign_in, traffic, now):
    from controlplane.catalog.models import Price

    day = f"{now - timedelta(hours=2):%Y-%m-%d}"
    page = text_of(sign_in().post(PRICES, {**RATES, "valid_from": day, "act": "preview"}))

    assert not Price.objects.filter(model=MODEL).exists()
    if (now - timedelta(hours=2)).month == now.month:
        shown = numbers_in(part(page, '<p class="effect">', "</p>"))
        # 300 tokens in at 2.50 and 30 out at 10.
        assert [value for value, _ in shown] == ["3", "0.000001", "2", "0.00105"]


def test_a_closed_month_is_refused_at_its_field(sign_in, now):
    before = now.replace(day=1) - timedelta(days=10)
    builders.usage_record(at=before, model=MODEL)
    from controlplane.catalog.models import Model, Provider

    Provider.objects.create(id="openai", kind="openai")
    Model.objects.create(id=MODEL, provider_id="openai", upstream_model="gpt-4o")
    day = f"{before:%Y-%m-%d}"

    answer = sign_in().post(PRICES, {**RATES, "valid_from": day, "act": "set"})

    assert answer.status_code == 422
    assert "closed months" in part(answer.content.decode(), 'name="valid_from"', "</label>")


def test_a_price_for_what_had_none_begins_at_its_first_use(sign_in, traffic, now):
    first = max(now - timedelta(hours=1), now.replace(day=1, hour=0, minute=0, second=0))

    finance = text_of(sign_in("finance").get(PRICES))

    assert f'value="{first:%Y-%m-%d}"' in part(finance, 'id="new-price"', "</form>")
    assert "first called without a price" not in text_of(sign_in("engineer").get(PRICES))


@pytest.mark.parametrize("rate", ["-1", "many", "NaN", "1e99", "0.00000000001"])
def test_a_rate_that_is_none_is_refused(sign_in, traffic, rate, now):
    fields = {**RATES, "input": rate, "valid_from": f"{now:%Y-%m-%d}", "act": "set"}

    assert sign_in().post(PRICES, fields).status_code == 422


@pytest.mark.parametrize(("role", "customer"), [("auditor", None), ("finance", "acme")])
def test_who_may_not_set_prices_has_no_form(sign_in, traffic, role, customer, now):
    from controlplane.catalog.models import Price

    client = sign_in(role, customer)
    client.post(PRICES, {**RATES, "valid_from": f"{now:%Y-%m-%d}", "act": "set"})

    assert not Price.objects.filter(model=MODEL).exists()
    assert "Prices are set by finance" in text_of(client.get(PRICES))


def test_only_who_may_change_providers_tests_them(sign_in, traffic):
    assert sign_in("finance").post("/providers/openai/test/").status_code == 404
    assert sign_in().post("/providers/nobody/test/").status_code == 404
    assert sign_in("auditor").get("/providers/openai/test/").status_code == 405
