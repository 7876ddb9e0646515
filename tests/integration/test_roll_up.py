"""What a flush adds to the rollup: each record once by team and once by key, nothing else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import connection

from billing.sql import statement
from controlplane.usage.dimensions import read_dimensions
from controlplane.usage.parameters import read_filter
from controlplane.usage.services import fold_metadata, verify_books
from controlplane.usage.summary import summarise
from tests.builders import NOON, execute, refusal, usage_record, usage_records

pytestmark = pytest.mark.usefixtures("database")

DAY_OF_NOON = {"from": ["2026-11-20"], "to": ["2026-11-20"]}


def rows(by_key=True):
    """What the rollup holds at one of its levels, in the order of hours and costs."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT hour, virtual_key_id, metadata, folded, requests, cost_usd
               FROM usage_rollup rollup JOIN usage_facet facet ON facet.id = facet_id
               WHERE rollup.by_key = %s AND facet.by_key = %s ORDER BY hour, cost_usd""",
            [by_key, by_key],
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def column(name, **level):
    return [row[name] for row in rows(**level)]


def summary(group_by=""):
    return summarise(read_filter(DAY_OF_NOON), read_dimensions([group_by]))


def test_records_of_an_hour_are_one_row_by_team_and_one_by_key_and_metadata():
    usage_record(at=NOON, virtual_key_id="vk-1", metadata={"code": "a"}, cost_usd=1)
    usage_record(at=NOON, virtual_key_id="vk-1", metadata={"code": "a"}, cost_usd=2)
    usage_record(at=NOON, virtual_key_id="vk-2", metadata={"code": "a"}, cost_usd=4)

    assert column("cost_usd", by_key=False) == [7]
    assert column("virtual_key_id", by_key=False) == [None]
    assert column("cost_usd") == [3, 4]
    assert column("virtual_key_id") == ["vk-1", "vk-2"]


def test_a_record_that_comes_late_is_added_to_its_own_hour():
    usage_record(at=NOON, cost_usd=1)
    usage_record(at=NOON + timedelta(hours=5), cost_usd=2)
    usage_record(at=NOON + timedelta(minutes=59), cost_usd=4)

    assert [(row["hour"].hour, row["cost_usd"]) for row in rows()] == [(12, 5), (17, 2)]


def test_numbers_that_json_takes_for_equal_are_told_apart():
    usage_records([{"metadata": {"n": n}, "cost_usd": 1} for n in (1, 1.0, "1", True)])

    groups = {group.values[0]: group.sums.requests for group in summary("metadata.n").groups}
    assert groups == {"1": 2, "1.0": 1, "true": 1}


def test_nobody_and_nothing_are_facets_as_well():
    refusal(at=NOON, customer_id=None, virtual_key_id=None, provider=None, model=None)
    refusal(at=NOON, customer_id=None, virtual_key_id=None, provider=None, model=None)

    assert column("requests") == column("requests", by_key=False) == [2]


def test_a_summary_of_whole_hours_is_read_from_the_rollup():
    usage_record(at=NOON, cost_usd=1)
    execute("UPDATE usage_rollup SET cost_usd = CASE WHEN by_key THEN 3 ELSE 2 END")

    assert summary("customer").total.cost_usd == 2
    assert summary("virtual_key").total.cost_usd == 3
    assert summary("metadata.code").total.cost_usd == 3


def test_a_rollup_of_many_requests_does_not_overflow():
    huge = Decimal("999999999999.999999999999")
    usage_records([{"at": NOON, "cost_usd": huge, "input_tokens": 10**12} for _ in range(50)])

    assert summary().total.cost_usd == 50 * huge
    assert summary().total.input_tokens == 50 * 10**12


def test_an_id_in_each_request_is_folded_and_what_it_comes_with_is_not(monkeypatch):
    monkeypatch.setattr("controlplane.usage.services.METADATA_OBJECTS_MAX", 20)
    traced = [{"metadata": {"code": f"B-{n % 3}", "trace": f"t-{n}"}} for n in range(30)]
    usage_records(traced)

    assert fold_metadata() == ["vk-1"]
    assert fold_metadata() == []
    usage_records(traced)

    folded = [row for row in rows() if row["folded"]]
    assert [(row["folded"], row["requests"]) for row in folded] == [(["trace"], 10)] * 3
    assert [group.sums.requests for group in summary("metadata.code").groups] == [20] * 3
    assert [group.sums.requests for group in summary("metadata.trace").groups] == [2] * 30


def test_the_key_that_takes_most_values_is_folded_when_none_is_an_id(monkeypatch):
    monkeypatch.setattr("controlplane.usage.services.METADATA_OBJECTS_MAX", 20)
    usage_records([{"metadata": {"a": n % 4, "b": n % 9}} for n in range(36)])

    fold_metadata()
    usage_record(metadata={"a": 1, "b": 1})

    assert [row["folded"] for row in rows() if row["folded"]] == [["b"]]


def test_all_is_folded_when_there_is_no_end_to_the_keys(monkeypatch):
    monkeypatch.setattr("controlplane.usage.services.METADATA_OBJECTS_MAX", 20)
    usage_records([{"metadata": {f"key-{n}": "x"}} for n in range(30)])

    fold_metadata()
    usage_records([{"metadata": {f"key-{n}": "x"}} for n in range(30)])

    assert [row["requests"] for row in rows() if row["folded"] is None] == [30]
    assert summary("metadata.key-7").groups[-1].sums.requests == 2


def test_few_values_and_the_metadata_of_many_keys_are_left_alone(monkeypatch):
    monkeypatch.setattr("controlplane.usage.services.METADATA_OBJECTS_MAX", 20)
    usage_records([{"virtual_key_id": f"of-{n}", "metadata": {"who": n}} for n in range(30)])
    usage_records([{"metadata": {"code": n % 20}} for n in range(60)])

    assert fold_metadata() == []


def test_what_was_folded_long_ago_is_told_apart_again():
    execute("INSERT INTO usage_foldedmetadata VALUES ('vk-1', NULL, now() - interval '31 days')")

    fold_metadata()
    usage_record(metadata={"code": "B-17"})

    assert column("metadata") == ['{"code": "B-17"}']


def test_flushes_of_several_processes_wait_for_each_other_and_lose_nothing(database):
    hours = [NOON + timedelta(hours=number) for number in range(8)]
    batch = [{"at": hour, "team_id": team, "cost_usd": 1} for hour in hours for team in "abc"]

    def flush(number):
        with psycopg.connect(database) as own:
            own.execute("CREATE TEMPORARY TABLE booked (LIKE usage_usagerecord) ON COMMIT DROP")
            own.execute(
                """INSERT INTO booked SELECT (jsonb_populate_record(record, jsonb_build_object(
                       'request_id', record.request_id || %s))).* FROM usage_usagerecord record
                   WHERE request_id NOT LIKE '%%-%%' ORDER BY random()""",
                [f"-{number}"],
            )
            own.execute("INSERT INTO usage_usagerecord SELECT * FROM booked")
            own.execute(statement("roll_up"))

    usage_records(batch)
    execute("TRUNCATE usage_rollup, usage_facet")  # so that all flushes meet new facets
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(flush, range(12)))
    execute("DELETE FROM usage_usagerecord WHERE request_id NOT LIKE %s", ["%-%"])

    assert verify_books() == []
    assert (
        summary().total.requests == 12 * len([hour for hour in hours if hour.day == NOON.day]) * 3
    )
