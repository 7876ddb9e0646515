"""The books are right when balances, ledger, allowances and usage records agree."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from billing.periods import EPOCH, bucket_start
from controlplane.budgets.models import Process
from controlplane.usage.services import verify_books
from controlplane.usage.tasks import verify_books as verify_books_task
from tests.builders import NOON, balance, budget, insert, usage_record

pytestmark = pytest.mark.usefixtures("database")

DAYS_30 = timedelta(days=30)


def kinds():
    return [difference.kind for difference in verify_books()]


def allowance(balance_id, amount, process_id="process-1"):
    row = {"id": process_id, "host": "here", "generation": 1, "started_at": NOON, "seen_at": NOON}
    if not Process.objects.filter(id=process_id).exists():
        insert("budgets_process", row, returning="id")
    row = {"balance_id": balance_id, "process_id": process_id, "amount_usd": amount}
    insert("budgets_allowance", row, returning="id")


def adjustment(balance_id, amount, at=NOON):
    row = {"balance_id": balance_id, "at": at, "amount_usd": amount}
    insert("budgets_ledgerentry", {**row, "reason": "", "actor": ""}, returning="id")


def bucket(balance_id, start, amount):
    row = {"balance_id": balance_id, "bucket_start": start, "spent_usd": amount}
    insert("budgets_balancebucket", row, returning="id")


def test_empty_books_are_right():
    assert verify_books() == []


def test_books_that_agree_have_no_differences():
    both = [
        balance(budget("month"), spent_usd="3.000000000001", reserved_usd="0.5"),
        balance(budget("day", window="day"), spent_usd="2.500000000001", reserved_usd="0.5"),
    ]
    usage_record(balances=both, cost_usd=Decimal("2.000000000001"))
    usage_record(balances=both, cost_usd=Decimal("0.5"))
    usage_record(balances=both, cost_usd=None)
    usage_record(balances=[], cost_usd=9)
    adjustment(both[0], "0.7")
    adjustment(both[0], "-0.2")
    for number in both:
        allowance(number, "0.3")
        allowance(number, "0.2", "process-2")

    assert verify_books() == []


def test_a_balance_that_differs_in_the_last_digit_is_found():
    number = balance(budget(), spent_usd="1.000000000001")
    usage_record(balances=[number], cost_usd=1)

    [found] = verify_books()

    assert (found.kind, found.balance, found.budget) == ("spent", number, "acme-month")
    assert found.owner == "customer acme"
    assert (found.expected, found.found) == (1, Decimal("1.000000000001"))
    assert found.difference == Decimal("0.000000000001")


def test_spending_without_any_record_is_found():
    balance(budget(), spent_usd=1)

    assert kinds() == ["spent"]


def test_a_record_booked_twice_on_one_balance_is_found():
    number = balance(budget(), spent_usd=1)
    usage_record(balances=[number, number], cost_usd=1)

    assert kinds() == ["spent"]


def test_money_reserved_without_an_allowance_is_found():
    balance(budget(), reserved_usd=1)

    assert kinds() == ["reserved"]


def test_an_allowance_that_its_balance_does_not_hold_is_found():
    allowance(balance(budget()), 1)

    assert kinds() == ["reserved"]


def test_usage_on_a_balance_that_does_not_exist_is_found():
    usage_record(balances=[4711], cost_usd=0)

    [found] = verify_books()

    assert (found.kind, found.balance, found.budget) == ("unknown_balance", 4711, None)


def test_two_records_of_one_request_are_found_unless_they_cost_nothing():
    for hour in (0, 1):
        usage_record(request_id="req-twice", at=NOON + timedelta(hours=hour))
        usage_record(request_id="req-free", at=NOON + timedelta(hours=hour), cost_usd=0)

    [found] = verify_books()

    assert (found.kind, found.detail, found.found) == ("duplicate_record", "req-twice", 2)


def rolling_balance(spent_usd):
    number = balance(budget("rolling", window="30d"), spent_usd=spent_usd)
    return number, datetime.now(UTC) - timedelta(days=2)


def test_a_rolling_balance_is_the_sum_of_its_buckets():
    number, at = rolling_balance(3)
    start = bucket_start(DAYS_30, at)
    bucket(number, start, 1)
    bucket(number, start + DAYS_30 / 60, 2)
    usage_record(at=start, balances=[number], cost_usd=Decimal("0.4"))
    adjustment(number, "0.6", at=start + DAYS_30 / 60 - timedelta(microseconds=1))
    usage_record(at=start + DAYS_30 / 60, balances=[number], cost_usd=2)

    assert verify_books() == []


def test_records_that_left_a_rolling_window_no_longer_count():
    number, at = rolling_balance(1)
    bucket(number, bucket_start(DAYS_30, at), 1)
    usage_record(at=at, balances=[number], cost_usd=1)
    usage_record(at=at - DAYS_30, balances=[number], cost_usd=5)

    assert verify_books() == []


def test_an_old_bucket_that_has_not_been_dropped_yet_still_counts():
    number, at = rolling_balance(5)
    bucket(number, bucket_start(DAYS_30, at - 2 * DAYS_30), 5)
    usage_record(at=at - 2 * DAYS_30, balances=[number], cost_usd=5)

    assert verify_books() == []


def test_a_bucket_that_differs_from_its_records_is_found():
    number, at = rolling_balance(2)
    bucket(number, bucket_start(DAYS_30, at), 2)
    usage_record(at=at, balances=[number], cost_usd=1)

    [found] = verify_books()

    assert found.kind == "bucket"
    assert found.detail == f"{bucket_start(DAYS_30, at):%Y-%m-%dT%H:%MZ}"
    assert (found.expected, found.found) == (1, 2)


def test_spending_inside_a_rolling_window_without_a_bucket_is_found():
    number, at = rolling_balance(0)
    usage_record(at=at, balances=[number], cost_usd=1)

    assert kinds() == ["bucket"]


def test_a_rolling_balance_that_differs_from_its_buckets_is_found():
    number, at = rolling_balance(2)
    bucket(number, bucket_start(DAYS_30, at), 1)
    usage_record(at=at, balances=[number], cost_usd=1)

    assert kinds() == ["rolling_spent"]


def test_the_statement_cuts_time_into_the_same_buckets_as_the_periods_do():
    number = balance(budget("rolling", window="7h"), spent_usd=1)
    start = bucket_start(timedelta(hours=7), datetime.now(UTC) - timedelta(hours=1))
    assert (start - EPOCH) % timedelta(minutes=7) == timedelta(0)
    bucket(number, start, 1)
    usage_record(at=start + timedelta(minutes=7, microseconds=-1), balances=[number], cost_usd=1)

    assert verify_books() == []


def test_the_command_says_nothing_and_succeeds_when_the_books_are_right(capsys):
    call_command("verify")

    assert capsys.readouterr().out == ""


def test_the_command_prints_the_rows_and_fails_when_they_are_not(capsys):
    balance(budget(), spent_usd="0.25")

    with pytest.raises(SystemExit) as ended:
        call_command("verify")

    header, line = capsys.readouterr().out.splitlines()
    assert ended.value.code == 1
    assert header.split() == [
        "kind", "balance", "budget", "owner", "detail", "expected", "found", "difference",
    ]  # fmt: skip
    assert line.split() == [
        "spent", "1", "acme-month", "customer", "acme", "-", "0.00", "0.25", "0.25",
    ]  # fmt: skip


def test_the_task_logs_each_difference(caplog):
    balance(budget(), spent_usd="0.25")

    assert verify_books_task() == 1
    assert "kind='spent'" in caplog.text
