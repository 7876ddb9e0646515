"""Differences between the rollup and the usage records are differences of the books."""

from datetime import timedelta
from decimal import Decimal

import pytest

from controlplane.usage.services import verify_books
from tests.builders import NOON, execute, refusal, usage_record, usage_records

pytestmark = pytest.mark.usefixtures("database")


def found():
    """The measures that differ, and by how much."""
    differences = verify_books()
    assert {difference.kind for difference in differences} <= {"rollup"}
    return {(each.detail.split()[1], each.difference) for each in differences}


def test_a_rollup_of_all_kinds_of_records_is_right():
    usage_record(metadata={"code": 1.0}, cost_usd=None)
    usage_record(at=NOON - timedelta(days=400), team_id="research", cache="exact", saved_usd=3)
    refusal(customer_id=None, virtual_key_id=None, provider=None, model=None)

    assert found() == set()


@pytest.mark.parametrize("level", ["true", "false"])
@pytest.mark.parametrize(
    ("change", "measure", "difference"),
    [
        ("cost_usd = cost_usd + 0.000000000001", "cost_usd", Decimal("0.000000000001")),
        ("requests = requests + 1", "requests", 1),
        ("answered = 0", "answered", -1),
        ("input_tokens = 0", "input_tokens", -100),
        ("rescued_by_fallback = 1", "rescued_by_fallback", 1),
        ("refused_by_budget = 2", "refused_by_budget", 2),
    ],
)
def test_a_sum_that_differs_is_found_at_either_level(level, change, measure, difference):
    usage_record()
    execute(f"UPDATE usage_rollup SET {change} WHERE by_key = {level}")

    assert found() == {(measure, difference)}


def test_the_difference_says_when_and_whose():
    usage_record(at=NOON, customer_id="umbrella")
    execute("UPDATE usage_rollup SET requests = 3 WHERE by_key")

    [difference] = verify_books()

    assert difference.detail.startswith("2026-11-20T12:00Z requests (umbrella,")
    assert (difference.expected, difference.found) == (1, 3)


def test_a_record_that_was_not_rolled_up_is_found():
    usage_record(cost_usd=2)
    execute("TRUNCATE usage_rollup, usage_facet")

    assert ("requests", -1) in found()
    assert ("cost_usd", -2) in found()


def test_sums_of_records_that_do_not_exist_are_found():
    usage_record(cost_usd=2)
    execute("DELETE FROM usage_usagerecord")

    assert ("requests", 1) in found()


def test_a_sum_in_the_wrong_hour_is_found_in_both():
    usage_record(cost_usd=2)
    execute("UPDATE usage_rollup SET hour = hour + interval '1 hour' WHERE by_key")

    assert {("cost_usd", 2), ("cost_usd", -2)} <= found()


def test_sums_under_the_wrong_metadata_are_found():
    usage_records([{"metadata": {"code": "a"}}, {"metadata": {"code": "b"}}])
    execute("""UPDATE usage_facet SET metadata = '{"code": "a"}' WHERE by_key""")

    assert {("requests", 1), ("requests", -1)} <= found()


def test_metadata_that_was_folded_in_between_is_right_and_its_sums_are_still_compared():
    usage_records([{"metadata": {"trace": 1}}, {"metadata": {"trace": 2}}])
    execute("INSERT INTO usage_foldedmetadata VALUES ('vk-1', '{trace}')")
    usage_records([{"metadata": {"trace": 2}}, {"metadata": {"trace": 3}}, {}])
    assert found() == set()

    execute("UPDATE usage_rollup SET requests = 7 WHERE by_key AND requests = 2")

    assert found() == {("requests", 5)}
