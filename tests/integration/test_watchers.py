"""What is looked at each minute: budgets, forecasts, refusals, prices, providers, books."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controlplane.accounts.models import Customer
from controlplane.alerts.models import Alert
from controlplane.alerts.services import resolve_alert
from controlplane.alerts.tasks import watch_budgets as budgets_task
from controlplane.alerts.tasks import watch_forecasts as forecasts_task
from controlplane.alerts.tasks import watch_installation as installation_task
from controlplane.alerts.watching.watches import (
    watch_budgets,
    watch_forecasts,
    watch_installation,
)
from controlplane.budgets.limit_changes import change_limit
from controlplane.budgets.models import Balance, Budget
from controlplane.budgets.services import update_budget
from controlplane.catalog.models import Provider
from controlplane.catalog.services import create_provider
from controlplane.usage.models import Verdict
from tests import builders
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("database")

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def a_budget(spent, **fields) -> Budget:
    budget = builders.budget(**fields)
    Budget.objects.update(updated_at=NOON - DAY)
    builders.balance(budget, spent_usd=Decimal(spent))
    return budget


def spend(amount) -> None:
    builders.execute("UPDATE budgets_balance SET spent_usd = %s", [Decimal(amount)])


def open_now(kind="over") -> list[Alert]:
    return list(Alert.objects.filter(kind=kind, resolved_at=None).order_by("cause"))


@pytest.mark.parametrize(
    ("spent", "told"),
    [
        ("49.999999", []),
        ("50", [(50, "info")]),
        ("85", [(80, "warning")]),
        ("100", [(100, "critical")]),
        ("135.41", [(100, "critical")]),
    ],
)
def test_the_highest_threshold_that_is_reached_is_told(spent, told):
    a_budget(spent)

    watch_budgets(NOON)

    assert [(each.facts["threshold_percent"], each.severity) for each in open_now()] == told


def test_the_sentence_says_how_much_of_what():
    a_budget("135.41")

    [opened] = watch_budgets(NOON)

    said = "Budget acme-month of customer acme is over by $35.41: $135.41 of $100.00 spent."
    assert opened.alert.title == said
    assert (opened.alert.customer_id, opened.alert.budget_id) == ("acme", "acme-month")
    assert opened.alert.amount_usd == Decimal("135.41")


def test_a_threshold_is_told_once_a_window_and_the_next_one_takes_its_place():
    a_budget("50")
    watch_budgets(NOON)

    assert not any(opened.is_new for opened in watch_budgets(NOON + MINUTE))
    spend("80")
    assert [opened.is_new for opened in watch_budgets(NOON + 2 * MINUTE)] == [True]

    first = Alert.objects.get(facts__threshold_percent=50)
    assert first.resolution == "The next threshold is reached."


def test_a_raised_limit_and_a_new_window_end_it():
    budget = a_budget("85")
    watch_budgets(NOON)
    update_budget(budget, limit_usd=Decimal(1000))
    watch_budgets(NOON)
    assert open_now() == []

    update_budget(budget, limit_usd=Decimal(100))
    watch_budgets(NOON)
    assert len(open_now()) == 1
    watch_budgets(datetime(2026, 12, 1, tzinfo=UTC))
    assert open_now() == []


def test_a_limit_raised_for_a_time_counts():
    budget = a_budget("85")
    change_limit(budget=budget, amount_usd=Decimal(100), reason="Launch.", by="anna")

    watch_budgets(datetime.now(UTC))

    assert open_now() == []


def test_a_limit_of_nothing_and_no_thresholds_are_nothing_to_tell():
    a_budget("0", limit_usd=Decimal(0))
    a_budget("500", id="other", alert_thresholds=[])

    assert watch_budgets(NOON) == []


def test_many_budgets_take_as_many_statements_as_one():
    customers = Customer.objects.bulk_create([Customer(id=f"c{each}") for each in range(300)])
    owned = [{"owner_type": "customer", "customer": each} for each in customers]
    rows = [Budget(id=f"b{n}", limit_usd=Decimal(100), **each) for n, each in enumerate(owned)]
    for row in Budget.objects.bulk_create(rows)[:20]:
        builders.balance(row, spent_usd=Decimal(90))
    watch_budgets(NOON)

    with CaptureQueriesContext(connection) as queries:
        assert len(watch_budgets(NOON)) == 20

    assert len(queries) < 15


def test_the_first_refusal_is_told_until_the_limit_is_raised():
    budget = a_budget("99.99")
    builders.virtual_key()
    builders.refusal(at=NOON - MINUTE)

    [told] = [each for each in watch_budgets(NOON) if each.alert.kind == "refusing"]
    assert told.alert.title.startswith(
        "Budget acme-month of customer acme refuses requests of vk-1 since 20 Nov 2026, 12:00 UTC"
    )
    builders.refusal(at=NOON + MINUTE)
    assert not any(each.is_new for each in watch_budgets(NOON + 3 * timedelta(hours=1)))
    update_budget(budget, limit_usd=Decimal(1000))
    watch_budgets(NOON + 2 * MINUTE)
    assert open_now("refusing") == []


def test_a_refusal_is_laid_to_the_budget_that_is_used_up_furthest():
    a_budget("10")
    key = builders.virtual_key()
    a_budget("99", id="key-day", owner_type="virtual_key", customer_id=None, virtual_key=key)
    a_budget("500", id="soft", owner_type="customer", enforcement="soft")
    builders.refusal(at=NOON - MINUTE)

    watch_budgets(NOON)

    assert [(each.budget_id, each.virtual_key_id) for each in open_now("refusing")] == [
        ("key-day", "vk-1")
    ]


def days_of_spend(days: int, usd: int) -> None:
    for back in range(1, days + 1):
        builders.usage_record(at=NOON - back * DAY, cost_usd=Decimal(usd))


def test_what_is_likely_to_run_out_is_told_with_the_day():
    days_of_spend(20, 10)
    a_budget("200", limit_usd=Decimal(250))

    [told] = watch_forecasts(NOON)

    assert told.alert.kind == "runs_out"
    assert told.alert.facts["runs_out_on"] == "2026-11-25"
    assert "is likely to run out on 25 Nov 2026: about $30" in told.alert.title
    assert not any(each.is_new for each in watch_forecasts(NOON + MINUTE))
    update_budget(Budget.objects.get(), limit_usd=Decimal(1000))
    assert watch_forecasts(NOON) == []
    assert open_now("runs_out") == []


def test_nothing_is_forecast_from_less_than_two_weeks():
    days_of_spend(13, 10)
    a_budget("200", limit_usd=Decimal(250))

    assert watch_forecasts(NOON) == []


def test_a_model_without_a_price_is_told_until_it_has_one(alice):
    create_provider(id="far", kind="openai_compatible", base_url="http://far.example/v1")
    builders.usage_record(
        at=NOON - MINUTE, provider="far", model="far/tuned", cost_usd=None, price_id=None
    )

    [told] = watch_installation(NOON)
    assert (told.alert.kind, told.alert.model_id) == ("no_price", "far/tuned")
    assert told.alert.customer_id is None

    alice.make("models", id="far/tuned", provider="far", upstream_model="tuned")
    price = {"input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}
    alice.make("prices", model="far/tuned", valid_from="2026-01-01T00:00:00Z", **price)
    assert watch_installation(NOON) == []
    assert open_now("no_price") == []


def a_report(state: str) -> None:
    row = {
        "process_id": "p1", "provider_id": "far", "model": "tuned", "credential_index": 0,
        "state": state, "since": NOON, "last_error_code": "upstream_timeout",
        "last_error_at": NOON, "attempts": 5, "failures": 5, "p50_ms": None,
        "reported_at": datetime.now(UTC),
    }  # fmt: skip
    builders.execute("DELETE FROM catalog_deploymenthealth")
    builders.insert("catalog_deploymenthealth", row, returning="process_id")


def test_a_provider_of_which_nothing_is_called_is_told_and_ends_when_it_is_back():
    create_provider(id="far", kind="openai_compatible", base_url="http://far.example/v1")
    a_report("open")

    [told] = watch_installation(NOON)
    a_report("half_open")
    [again] = watch_installation(NOON + DAY)

    assert told.alert.title == (
        "Provider far is paused since 20 Nov 2026, 12:00 UTC: its calls fail (upstream_timeout)."
    )
    assert (again.is_new, again.alert.pk) == (False, told.alert.pk)
    Provider.objects.update(is_active=False)
    assert watch_installation(NOON + DAY) == []
    assert open_now("provider_paused") == []


def test_books_that_are_behind_or_disagree_are_told():
    row = {"id": "p1", "host": "h", "generation": 1, "started_at": NOON, "seen_at": NOON}
    builders.insert("budgets_process", row, returning="id")
    Verdict.objects.create(differences=3)

    told = watch_installation(NOON + 2 * MINUTE)

    assert [each.alert.kind for each in told] == ["books_behind", "disagrees"]
    assert "settled up to 20 Nov 2026, 12:00 UTC only" in told[0].alert.title
    Verdict.objects.create(differences=0)
    assert watch_installation(NOON + timedelta(seconds=30)) == []


def test_what_somebody_closed_is_quiet_for_the_day():
    Verdict.objects.create(differences=3)
    [told] = watch_installation(NOON)
    resolve_alert(told.alert, by="member anna")

    assert watch_installation(NOON + MINUTE) == []
    assert [each.is_new for each in watch_installation(NOON + DAY)] == [True]


def test_the_tasks_run():
    assert (budgets_task(), forecasts_task(), installation_task()) == (0, 0, 0)
    assert not Balance.objects.exists()
