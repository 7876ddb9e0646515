"""What is left of a window goes to the next one: once, up to the cap, and not spent in both."""

import os
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import transaction
from psycopg.rows import dict_row

from billing.periods import window_at
from billing.sql import statement
from controlplane.accounts.models import Customer
from controlplane.budgets.carrying import close_windows, close_windows_of
from controlplane.budgets.models import Budget, ClosedWindow, LimitChange
from controlplane.budgets.queries import current_balances
from controlplane.budgets.services import create_budget, update_budget
from tests import builders

pytestmark = pytest.mark.usefixtures("database")

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_budget(since: datetime, **fields) -> Budget:
    usual = {"limit_usd": Decimal(100), "carry_over_max_usd": Decimal(30), "timezone": "UTC"}
    budget = builders.budget(**{**usual, "carries_over_since": since, **fields})
    return budget


def spend(budget: Budget, at: datetime, spent, reserved=0) -> int:
    return builders.balance(budget, at=at, spent_usd=Decimal(spent), reserved_usd=reserved)


def limit(budget: Budget, at: datetime) -> Decimal:
    return current_balances([budget], at)[budget.pk].limit_usd


@pytest.mark.parametrize(("spent", "carried"), [("90", 10), ("60", 30), ("100", 0), ("101", 0)])
def test_what_is_left_is_carried_up_to_the_cap_and_once(spent, carried):
    budget = a_budget(NOON, window="day")
    spend(budget, NOON, spent)

    assert close_windows(NOON + DAY) == 1
    assert close_windows(NOON + DAY) == 0

    assert limit(budget, NOON + DAY) == 100 + carried
    assert LimitChange.objects.count() == (1 if carried else 0)


def test_it_is_over_with_the_window_that_it_was_carried_to():
    budget = a_budget(NOON, window="day")
    spend(budget, NOON, 90)
    spend(budget, NOON + DAY, 110)
    close_windows(NOON + 2 * DAY)

    assert [each.carried_usd for each in ClosedWindow.objects.all()] == [10, 0]
    assert limit(budget, NOON + 2 * DAY) == 100


def test_windows_that_passed_while_the_job_was_down_are_closed_in_their_order():
    budget = a_budget(NOON, window="day")
    spend(budget, NOON, 80)
    spend(budget, NOON + DAY, 115)

    assert close_windows(NOON + 3 * DAY) == 3

    carried = [each.carried_usd for each in ClosedWindow.objects.all()]
    assert carried == [20, 5, 30], "20 of 100, 5 of 120, 30 of the 105 that nobody used"
    assert limit(budget, NOON + 3 * DAY) == 130


@pytest.mark.parametrize(
    ("zone", "window", "since", "hours"),
    [
        ("Europe/Berlin", "day", datetime(2026, 3, 28, 12, tzinfo=UTC), [24, 23, 24]),
        ("Europe/Berlin", "day", datetime(2026, 10, 24, 12, tzinfo=UTC), [24, 25, 24]),
        ("America/Santiago", "day", datetime(2026, 9, 5, 12, tzinfo=UTC), [24, 23, 24]),
        ("Asia/Kathmandu", "month", datetime(2028, 2, 3, tzinfo=UTC), [29 * 24, 31 * 24]),
        ("UTC", "month", datetime(2026, 12, 5, tzinfo=UTC), [31 * 24, 31 * 24, 28 * 24]),
        ("Europe/Berlin", "month", datetime(2026, 3, 5, tzinfo=UTC), [31 * 24 - 1, 30 * 24]),
    ],
)
def test_windows_turn_at_midnight_there_whatever_the_clocks_do(zone, window, since, hours):
    budget = a_budget(since, window=window, timezone=zone)
    end = since
    for _ in hours:
        end = window_at(window, zone, end).end

    close_windows(end - timedelta(microseconds=1))
    assert ClosedWindow.objects.count() == len(hours) - 1
    close_windows(end)

    closed = list(ClosedWindow.objects.all())
    lengths = [(each.window_end - each.window_start) / timedelta(hours=1) for each in closed]
    assert lengths == hours
    assert [a.window_end for a in closed[:-1]] == [b.window_start for b in closed[1:]]
    assert limit(budget, end) == 130


def test_what_was_reserved_at_the_turn_and_comes_back_goes_on_too():
    budget = a_budget(NOON, window="day")
    balance = spend(budget, NOON, 80, reserved=15)
    close_windows(NOON + DAY)
    assert limit(budget, NOON + DAY) == 105

    release = "UPDATE budgets_balance SET reserved_usd = 0, spent_usd = 85 WHERE id = %s"
    builders.execute(release, [balance])
    close_windows(NOON + DAY)
    close_windows(NOON + DAY)

    assert limit(budget, NOON + DAY) == 115
    assert ClosedWindow.objects.get().carried_usd == 15


def test_a_limit_that_is_changed_after_the_turn_and_before_the_job_carries_by_the_old_one():
    yesterday = datetime.now(UTC) - DAY
    budget = a_budget(yesterday, window="day")
    spend(budget, yesterday, 95)

    budget = update_budget(budget, limit_usd=Decimal(1000))
    close_windows()

    assert ClosedWindow.objects.get().limit_usd == 100
    assert limit(budget, datetime.now(UTC)) == 1005


def test_carrying_begins_with_the_window_in_which_it_was_asked_for():
    owner = Customer.objects.create(id="acme")
    budget = create_budget(owner=owner, limit_usd=Decimal(100), window="day")
    Budget.objects.update(created_at=NOON)

    update_budget(budget, carry_over_max_usd=Decimal(5))
    assert close_windows() == 0
    assert close_windows(datetime.now(UTC) + DAY) == 1

    update_budget(budget, carry_over_max_usd=None)
    assert close_windows(datetime.now(UTC) + 9 * DAY) == 0


@pytest.fixture
def process() -> str:
    now = datetime.now(UTC)
    row = {"id": "p", "host": "h", "generation": 1, "started_at": now, "seen_at": now}
    return builders.insert("budgets_process", row, returning="id")


def draw(balance: int, usd: int) -> Decimal:
    """What a process is granted, over a connection of its own."""
    asked = {"process": "p", "generation": 1, "balances": [balance], "needs": [usd], "wants": [usd]}
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as own:
        row = own.execute(statement("draw"), asked).fetchone()
        assert row is not None
        return row["granted_usd"]


def test_a_late_draw_of_a_window_that_is_over_finds_what_was_not_carried(process):
    yesterday = datetime.now(UTC) - DAY
    budget = a_budget(yesterday, window="day")
    balance = spend(budget, yesterday, 60)
    assert draw(balance, 1) == 1, "not closed yet, it is the window's own"

    close_windows()

    assert ClosedWindow.objects.get().carried_usd == 30
    assert draw(balance, 50) == 9


def test_a_draw_that_waits_while_the_window_is_closed_finds_nothing(process):
    yesterday = datetime.now(UTC) - DAY
    budget = a_budget(yesterday, window="day", carry_over_max_usd=Decimal(100))
    balance = spend(budget, yesterday, 60)
    granted: list[Decimal] = []
    late = threading.Thread(target=lambda: granted.append(draw(balance, 50)))

    with transaction.atomic():
        close_windows_of(budget, datetime.now(UTC))
        late.start()
        late.join(0.3)
        assert late.is_alive(), "it waits for the balance"
    late.join(5)

    assert granted == [0]
    assert limit(budget, datetime.now(UTC)) == 140
