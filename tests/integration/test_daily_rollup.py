"""Days that are summed up: reports say the same as without them, whatever is booked late."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import connection

from controlplane.budgets.daily_spend import spending_of
from controlplane.usage.filters import RecordFilter
from controlplane.usage.measures import SPENT
from controlplane.usage.services import sum_up_days
from controlplane.usage.summary import summarise
from controlplane.usage.together import Asked, summarise_together
from tests import builders

pytestmark = pytest.mark.usefixtures("database")

MIDNIGHT = datetime(2026, 10, 30, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERIODS = (
    RecordFilter(),
    RecordFilter(start=MIDNIGHT + timedelta(minutes=20), end=MIDNIGHT + 2.5 * DAY),
    RecordFilter(fields={"virtual_key": ("vk-1",)}, start=MIDNIGHT),
    RecordFilter(metadata={"user": ("u1", "")}),
    RecordFilter(timezone="Europe/Berlin", only_customer="acme"),
    RecordFilter(timezone="Asia/Kolkata", start=MIDNIGHT + HOUR),
)
DIMENSIONS = (
    (),
    ("customer", "day"),
    ("virtual_key", "model"),
    ("month", "cache"),
    ("hour",),
    ("metadata.user", "day"),
    ("virtual_key", "metadata.user", "month"),
)


def record(number: int) -> dict:
    """Every seven hours another key, model, end and metadata."""
    return {
        "at": MIDNIGHT + number * 7 * HOUR + timedelta(minutes=11),
        "customer_id": ("acme", "rival")[number % 2],
        "virtual_key_id": f"vk-{number % 3}",
        "metadata": {} if number % 4 == 0 else {"user": f"u{number % 5}", "part": number},
        "model": f"openai/gpt-{number % 2}",
        "cache": "exact" if number % 5 == 0 else "off",
        "cost_usd": None if number == 3 else Decimal(number) / 7,
        "saved_usd": Decimal(number) / 3,
        "status": 403 if number % 6 == 5 else 200,
        "attempts": [] if number % 6 == 5 else [{"model": "a"}, {"model": "b"}],
    }


@pytest.fixture
def four_days(database):
    builders.usage_records([record(number) for number in range(14)])


def answers() -> list:
    asked = [Asked(period, by) for period in PERIODS for by in DIMENSIONS]
    alone = [summarise(each.records, each.dimensions) for each in asked]
    assert summarise_together(asked) == alone
    return alone


def marked() -> list[datetime]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT day FROM usage_summedday ORDER BY day")
        return [day for (day,) in cursor.fetchall()]


@pytest.mark.usefixtures("four_days")
def test_reports_are_the_same_with_and_without_days_summed_up():
    builders.execute(
        "INSERT INTO usage_foldedmetadata (virtual_key_id, keys) VALUES ('vk-2', '{part}')"
    )
    builders.usage_records([record(number) | {"at": MIDNIGHT + HOUR} for number in range(2, 14, 3)])
    before = answers()

    days = sum_up_days()

    assert marked() == days[::-1] == [MIDNIGHT + number * DAY for number in range(4)]
    assert answers() == before


@pytest.mark.usefixtures("four_days")
def test_reports_read_the_days_that_are_summed_up():
    sum_up_days()

    builders.execute("UPDATE usage_dailyrollup SET requests = requests + 100")

    assert summarise(RecordFilter(), ()).total.requests > 100
    builders.execute("DELETE FROM usage_summedday")
    assert summarise(RecordFilter(), ()).total.requests == 14


@pytest.mark.usefixtures("four_days")
def test_what_is_booked_late_counts_at_once_and_is_summed_up_next_time():
    sum_up_days()
    for _ in range(2):
        builders.usage_record(at=MIDNIGHT + 5 * HOUR, cost_usd=Decimal(1000))
        assert MIDNIGHT not in marked()
        assert sum_up_days() == [MIDNIGHT]

    late = summarise(RecordFilter(end=MIDNIGHT + DAY), ()).total
    assert (late.requests, int(late.cost_usd or 0)) == (6, 2000)
    assert sum_up_days() == []


def test_today_is_not_summed_up():
    builders.usage_record(at=datetime.now(UTC))

    assert sum_up_days() == []


@pytest.mark.usefixtures("four_days")
def test_a_day_that_is_being_written_to_waits_and_holds_nobody_up(database):
    with psycopg.connect(database) as flush:
        flush.execute(
            "UPDATE usage_rollup SET requests = requests WHERE hour < %s", [MIDNIGHT + DAY]
        )

        assert MIDNIGHT not in sum_up_days()

    assert sum_up_days() == [MIDNIGHT]


@pytest.mark.usefixtures("four_days")
def test_a_measure_that_was_not_asked_for_is_not_taken_for_zero():
    (found,) = summarise_together([Asked(RecordFilter(), ("customer",), measured=SPENT)])

    assert found.total.requests == 14
    with pytest.raises(AttributeError):
        _ = found.total.refused


@pytest.mark.usefixtures("four_days")
def test_the_past_of_forecasts_is_the_same_with_days_summed_up():
    builders.virtual_key("vk-1")
    budgets = [
        builders.budget("of-customer"),
        builders.budget(
            "of-key", owner_type="virtual_key", customer_id=None, virtual_key_id="vk-1"
        ),
    ]
    at = MIDNIGHT + 4.5 * DAY
    before = spending_of(budgets, at)
    sum_up_days()

    after = spending_of(budgets, at)

    assert [each.days for each in after.values()] == [each.days for each in before.values()]
    assert sum(spent for _, spent in after["of-key"].days) > 0
