"""What the anomaly detector sees in the books becomes one alert for each cause, and ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from billing.sql import statement
from controlplane.alerts.models import Alert
from controlplane.alerts.services import judge_alert, resolve_alert
from controlplane.alerts.tasks import watch_unusual as unusual_task
from controlplane.alerts.unusual.facts import POINTS_MAX
from controlplane.alerts.unusual.runs import watch_unusual
from tests import builders
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("database")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEGIN = NOON - 2 * HOUR
USUAL_AN_HOUR = 48

# So many records an hour and key as in one, evenly within each hour.
TRAFFIC = """
CREATE TEMPORARY TABLE booked (LIKE usage_usagerecord);
INSERT INTO booked
SELECT (jsonb_populate_record(one, jsonb_build_object(
    'request_id', 'req_' || key || extract(epoch FROM moment), 'at', moment,
    'virtual_key_id', key, 'model', %(model)s, 'metadata', jsonb_build_object('feature', key)
))).*
FROM usage_usagerecord one, unnest(%(keys)s::text[]) AS key,
     generate_series(%(start)s::timestamptz, %(end)s - interval '1 second', %(every)s) AS moment
WHERE one.request_id = %(one)s;
INSERT INTO usage_usagerecord SELECT * FROM booked;
"""


def traffic(
    keys: list[str], start: datetime, end: datetime, per_hour: int, model: str = "openai/gpt-4o"
) -> None:
    one = builders.usage_record(at=start - 50 * DAY, cost_usd=Decimal("0.20"))
    given: dict[str, Any] = {"keys": keys, "one": one, "model": model}
    given |= {"start": start, "end": end, "every": HOUR / per_hour}
    with connection.cursor() as cursor:
        cursor.execute(TRAFFIC, given)
        cursor.execute(statement("roll_up"))
        cursor.execute("DROP TABLE booked")


@pytest.fixture
def tripled() -> None:
    """Two keys that do the same each hour for eleven days; then one does more for two hours."""
    builders.customer("acme")
    traffic(["k1", "k2"], BEGIN - 11 * DAY, BEGIN, USUAL_AN_HOUR)
    traffic(["k1"], BEGIN, NOON, 3 * USUAL_AN_HOUR)
    traffic(["k2"], BEGIN, NOON, USUAL_AN_HOUR)
    traffic(["k1", "k2"], NOON, NOON + 4 * HOUR, USUAL_AN_HOUR)


def alerts() -> list[Alert]:
    return list(Alert.objects.filter(kind="unusual").order_by("opened_at"))


def test_three_times_the_usual_is_one_alert_of_the_key_until_it_is_over(tripled):
    assert watch_unusual(BEGIN - MINUTE) == []
    [opened] = watch_unusual(BEGIN + 26 * MINUTE)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run_apart, [BEGIN + 27 * MINUTE] * 2))

    [alert] = alerts()
    facts = alert.facts
    assert (opened.is_new, alert.customer_id, alert.virtual_key_id) == (True, "acme", "k1")
    assert alert.title.startswith(
        "Key k1 sends requests at 3.0 times the usual since 20 Nov 2026, 10:0"
    )
    assert (facts["form"], facts["changed"], facts["times"]) == ("spike", "requests", 3.0)
    assert Decimal(facts["above_usd"]) == alert.amount_usd > 3
    assert sum(Decimal(part["amount_usd"]) for part in facts["parts"]) > 3
    assert facts["rows"]["fields"] == {"customer": "acme", "virtual_key": "k1"}
    carried = {(each["dimension"], each["value"]) for each in facts["carriers"]}
    assert ("metadata.feature", "k1") in carried
    last = facts["points"][-1]
    assert last["observed"] > last["high"] > last["expected"] > last["low"]
    assert len(facts["points"]) <= POINTS_MAX

    watch_unusual(NOON + 3 * HOUR + 30 * MINUTE)
    assert [alert.resolution for alert in alerts()] == ["Back to usual."]


def test_what_was_planned_or_closed_is_not_told_and_behind_the_books_nothing_changes(tripled):
    [opened] = watch_unusual(BEGIN + HOUR)
    row = {"id": "p1", "host": "h", "generation": 1, "started_at": BEGIN, "seen_at": BEGIN}
    builders.insert("budgets_process", row, returning="id")
    assert watch_unusual(NOON) == []
    assert alerts()[0].resolved_at is None

    builders.execute("DELETE FROM budgets_process")
    resolve_alert(opened.alert, by="member anna")
    Alert.objects.update(resolved_at=BEGIN + HOUR)
    assert watch_unusual(BEGIN + HOUR + 10 * MINUTE) == []

    Alert.objects.update(resolved_by="")
    judge_alert(opened.alert, feedback="planned", by="member anna")
    assert watch_unusual(BEGIN + HOUR + 20 * MINUTE) == []


def test_the_task_says_how_many_are_new():
    assert unusual_task() == 0


def run_apart(at: datetime) -> None:
    """As another worker would."""
    try:
        watch_unusual(at)
    finally:
        connection.close()
