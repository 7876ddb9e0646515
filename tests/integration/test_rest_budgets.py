"""`/api/v1/budgets`: ceilings, their owners, and what is left of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.periods import EPOCH, bucket_start
from controlplane.budgets.models import Budget
from tests import builders
from tests.personas import refusal

LIMIT = {"owner_type": "customer", "owner": "acme", "limit_usd": "100.00"}


@pytest.fixture
def acme(alice):
    return alice.make("customers", id="acme", timezone="Europe/Berlin")


def test_a_budget_has_sensible_defaults_and_the_customers_time_zone(alice, acme):
    budget = alice.make("budgets", id="b", **LIMIT)

    assert {**LIMIT, "id": "b"}.items() <= budget.items()
    assert budget["window"] == "month"
    assert budget["timezone"] == "Europe/Berlin"
    assert budget["enforcement"] == "hard"
    assert budget["shortfall"] == "refuse"
    assert budget["alert_thresholds"] == [50, 80, 100]


def test_a_budget_may_fit_its_last_request_instead_of_refusing_it(alice, acme):
    alice.make("budgets", id="b", **LIMIT, shortfall="fit")

    changed = alice.patch("budgets/b", {"shortfall": "refuse"}).json()

    assert changed["shortfall"] == "refuse"
    assert "shortfall" in refusal(alice.patch("budgets/b", {"shortfall": "borrow"}))["fields"]


def test_a_budget_that_nobody_has_used_is_whole(alice, acme):
    balance = alice.make("budgets", **LIMIT)["balance"]

    amounts = {name: balance[name] for name in ("spent_usd", "reserved_usd", "remaining_usd")}
    assert amounts == {"spent_usd": "0.00", "reserved_usd": "0.00", "remaining_usd": "100.00"}
    start, end = (datetime.fromisoformat(balance[f"window_{edge}"]) for edge in ("start", "end"))
    assert start <= datetime.now(UTC) < end


def test_a_balance_is_that_of_the_current_window(alice, acme):
    alice.make("budgets", id="b", **LIMIT)
    row = Budget.objects.get(id="b")
    now = datetime.now(UTC)
    builders.balance(row, at=now - timedelta(days=40), spent_usd=Decimal(99))
    builders.balance(row, at=now, spent_usd=Decimal("1.000000000001"), reserved_usd=Decimal(2))

    balance = alice.get("budgets/b").json()["balance"]

    assert balance["spent_usd"] == "1.000000000001"
    assert balance["reserved_usd"] == "2.00"
    assert balance["remaining_usd"] == "96.999999999999"


def test_a_rolling_balance_forgets_what_has_left_its_window(alice, acme):
    budget = alice.make("budgets", id="b", **LIMIT, window="6h")
    now, length = datetime.now(UTC), timedelta(hours=6)
    balance = builders.balance(Budget.objects.get(id="b"), spent_usd=Decimal(30))
    for age, spent in ((timedelta(hours=7), 20), (timedelta(hours=1), 10)):
        row = {"balance_id": balance, "bucket_start": bucket_start(length, now - age)}
        builders.insert(
            "budgets_balancebucket", {**row, "spent_usd": Decimal(spent)}, returning="id"
        )

    shown = alice.get("budgets/b").json()["balance"]

    assert shown["spent_usd"] == "10.00"
    start, end = (datetime.fromisoformat(shown[f"window_{edge}"]) for edge in ("start", "end"))
    assert end - start == length
    assert budget["window"] == "6h"


def test_a_lifetime_has_no_end(alice, acme):
    balance = alice.make("budgets", **LIMIT, window="lifetime")["balance"]

    assert balance["window_end"] is None
    assert datetime.fromisoformat(balance["window_start"]) == EPOCH


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit_usd", 100.5),
        ("limit_usd", "-1"),
        ("limit_usd", -1),
        ("limit_usd", "NaN"),
        ("limit_usd", "Infinity"),
        ("limit_usd", "-Infinity"),
        ("limit_usd", "1e30"),
        ("limit_usd", "1e999999999999"),
        ("limit_usd", "1e-999999999999"),
        ("limit_usd", "0.0000000000001"),
        ("limit_usd", "1,000"),
        ("limit_usd", ""),
        ("limit_usd", True),
        ("limit_usd", None),
        ("limit_usd", "9" * 100),
        ("owner", "nobody"),
        ("owner", 5),
        ("owner_type", "planet"),
        ("window", "fortnight"),
        ("window", "0d"),
        ("window", "401d"),
        ("window", "30m"),
        ("timezone", "Mars/Olympus"),
        ("enforcement", "firm"),
        ("alert_thresholds", [0]),
        ("alert_thresholds", [1001]),
        ("alert_thresholds", ["50"]),
        ("alert_thresholds", [50, 50]),
        ("alert_thresholds", [True]),
        ("alert_thresholds", 50),
        ("balance", {"spent_usd": "0.00"}),
        ("customer", "acme"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_created(alice, acme, field, value):
    error = refusal(alice.post("budgets", {**LIMIT, field: value}))

    assert field in error["fields"]
    assert alice.get("budgets").json()["results"] == []


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("12000", "12000.00"), (200, "200.00"), ("1E+2", "100.00"), ("0.000123", "0.000123")],
)
def test_money_is_a_decimal_string(alice, acme, sent, shown):
    assert alice.make("budgets", **{**LIMIT, "limit_usd": sent})["limit_usd"] == shown


def test_an_owner_may_have_several_budgets_at_every_level(alice, acme):
    alice.make("teams", id="research", customer="acme")
    alice.make("virtual-keys", id="vk", customer="acme")

    for owner_type, owner in (("customer", "acme"), ("team", "research"), ("virtual_key", "vk")):
        for window in ("day", "month"):
            owned = {"owner_type": owner_type, "owner": owner, "window": window}
            assert alice.make("budgets", **{**LIMIT, **owned})["owner"] == owner
    found = alice.get("budgets", owner_type="team", owner="research").json()["results"]
    assert [budget["owner"] for budget in found] == ["research", "research"]


def test_an_owner_of_another_type_is_no_owner(alice, acme):
    error = refusal(alice.post("budgets", {**LIMIT, "owner_type": "team"}))

    assert "owner" in error["fields"]


def test_a_budget_stays_with_its_owner(alice, acme):
    alice.make("customers", id="globex")
    alice.make("budgets", id="b", **LIMIT)

    assert "owner" in refusal(alice.patch("budgets/b", {"owner": "globex"}))["fields"]


def test_a_limit_below_what_is_spent_is_accepted(alice, acme):
    alice.make("budgets", id="b", **LIMIT)
    builders.balance(Budget.objects.get(id="b"), at=datetime.now(UTC), spent_usd=Decimal(50))

    changed = alice.patch("budgets/b", {"limit_usd": "20"}).json()

    assert changed["balance"]["remaining_usd"] == "-30.00"


def test_a_budget_without_balances_is_deleted(alice, acme):
    alice.make("budgets", id="b", **LIMIT)

    assert alice.delete("budgets/b").status_code == 204
    assert not Budget.objects.exists()


def test_a_budget_with_balances_is_archived(alice, acme):
    alice.make("budgets", id="b", **LIMIT)
    builders.balance(Budget.objects.get(id="b"))

    assert alice.delete("budgets/b").status_code == 204
    refusal(alice.get("budgets/b"), 404)
    assert Budget.objects.get(id="b").archived_at is not None


def test_an_owner_with_a_budget_is_not_deleted(alice, acme):
    alice.make("virtual-keys", id="vk", customer="acme")
    alice.make("budgets", id="b", owner_type="virtual_key", owner="vk", limit_usd="1")

    assert refusal(alice.delete("virtual-keys/vk"), 409)["fields"] == {"budgets": ["b"]}
