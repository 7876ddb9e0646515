"""Sums over usage records, compared to the last digit with sums made in Python."""

import random
from collections import defaultdict
from datetime import UTC, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from controlplane.usage.dimensions import read_dimensions
from controlplane.usage.parameters import read_filter
from controlplane.usage.summary import Summary, summarise
from tests.builders import NOON, refusal, usage_record

pytestmark = pytest.mark.usefixtures("database")

TOKENS = ("input", "cached_input", "cache_write", "output", "reasoning")


def summary(group_by="", only_customer=None, limit=1000, **parameters) -> Summary:
    lists = {name.rstrip("_").replace("__", "."): [value] for name, value in parameters.items()}
    records = read_filter(lists, only_customer=only_customer)
    return summarise(records, read_dimensions([group_by]), limit=limit)


def costs(found: Summary):
    return {group.values: group.sums.cost_usd for group in found.groups}


def random_records(number):
    """Inserts records with awkward amounts; returns what was inserted."""
    dice = random.Random(7)
    records = []
    for _ in range(number):
        cost = None if dice.random() < 0.1 else Decimal(dice.randrange(10**18)).scaleb(-12)
        record = {
            "customer_id": dice.choice(["acme", "umbrella", None]),
            "model": dice.choice(["openai/gpt-4o", "anthropic/claude", "Ärger/ü"]),
            "at": NOON + timedelta(seconds=dice.randrange(10 * 86400)),
            "cost_usd": cost,
            "saved_usd": Decimal(dice.randrange(10**15)).scaleb(-12),
            **{f"{kind}_tokens": dice.randrange(10**12) for kind in TOKENS},
        }
        usage_record(**record)
        records.append(record)
    return records


def expected_sums(records):
    priced = [record["cost_usd"] for record in records if record["cost_usd"] is not None]
    return {
        "requests": len(records),
        "cost_usd": sum(priced) if priced else None,
        "saved_usd": sum(record["saved_usd"] for record in records),
        "unpriced_requests": len(records) - len(priced),
        **{f"{kind}_tokens": sum(r[f"{kind}_tokens"] for r in records) for kind in TOKENS},
    }


def shown(sums, names):
    return {name: getattr(sums, name) for name in names}


def test_every_sum_is_exact_in_every_group_and_in_the_total():
    records = random_records(400)
    groups = defaultdict(list)
    for record in records:
        day = record["at"].astimezone(ZoneInfo("Asia/Kolkata")).date().isoformat()
        groups[record["customer_id"], record["model"], day].append(record)

    found = summary("customer,model,day", tz="Asia/Kolkata")

    assert {group.values for group in found.groups} == set(groups)
    for group in found.groups:
        expected = expected_sums(groups[group.values])
        assert shown(group.sums, expected) == expected
    expected = expected_sums(records)
    assert shown(found.total, expected) == expected
    assert found.other_groups == 0


def test_the_groups_beyond_the_limit_are_summed_as_other():
    random_records(200)
    everything = summary("model,day")

    found = summary("model,day", limit=5)

    left_out = everything.groups[5:]
    assert found.groups == everything.groups[:5]
    assert found.total == everything.total
    assert found.other_groups == len(left_out)
    assert found.other.requests == sum(group.sums.requests for group in left_out)
    assert found.other.cost_usd == sum(group.sums.cost_usd or 0 for group in left_out)


def test_the_dearest_group_comes_first_and_equals_are_ordered_by_value():
    for model, cost in {"b": "1", "a": "1", "c": "2", "d": None}.items():
        usage_record(model=model, cost_usd=cost)

    assert [group.values for group in summary("model").groups] == [("c",), ("a",), ("b",), ("d",)]


def test_a_record_without_a_price_is_counted_and_not_taken_for_zero():
    usage_record(model="unpriced", cost_usd=None)
    usage_record(model="mixed", cost_usd=None)
    usage_record(model="mixed", cost_usd=Decimal("0.5"))
    usage_record(model="free", cost_usd=0)

    found = summary("model")

    assert costs(found) == {("mixed",): Decimal("0.5"), ("free",): 0, ("unpriced",): None}
    assert found.total.cost_usd == Decimal("0.5")
    assert found.total.unpriced_requests == 2


def test_answered_refused_and_failed_add_up_to_the_requests():
    usage_record(status=200)
    usage_record(status=200, error_code="upstream_failed")
    usage_record(status=502, error_code="upstream_failed")
    usage_record(status=400, error_code="upstream_refused")
    refusal(status=429)
    refusal(status=401, customer_id=None)
    refusal(status=503, error_code="ledger_unavailable")

    total = summary().total

    assert (total.requests, total.answered, total.refused, total.failed) == (7, 1, 2, 4)


def test_nothing_adds_up_to_zero():
    found = summary("customer")

    assert found.groups == []
    assert found.total.requests == 0
    assert found.total.cost_usd == 0
    assert found.total == found.other


def test_without_a_dimension_there_is_only_the_total():
    usage_record()

    found = summary()

    assert found.groups == []
    assert found.total.requests == 1
    assert found.other.requests == 0


def test_records_without_a_metadata_value_form_a_group_of_their_own():
    usage_record(metadata={"code": "B-17"}, cost_usd=3)
    usage_record(metadata={"code": 17}, cost_usd=2)
    usage_record(metadata={"code": None}, cost_usd=1)
    usage_record(metadata={"code": ""}, cost_usd=1)
    usage_record(metadata={}, cost_usd=1)

    assert costs(summary("metadata.code")) == {("B-17",): 3, ("17",): 2, (None,): 3}


def test_two_metadata_keys_group_together():
    usage_record(metadata={"code": "a", "0": "x"}, cost_usd=2)
    usage_record(metadata={"code": "a", "0": "y"}, cost_usd=1)

    assert costs(summary("metadata.code,metadata.0")) == {("a", "x"): 2, ("a", "y"): 1}


@pytest.mark.parametrize(
    ("month", "day", "hours"), [(3, 29, 23), (10, 25, 25)], ids=["forward", "back"]
)
def test_a_day_is_as_long_as_the_clocks_say(month, day, hours):
    midnight = NOON.replace(month=month, day=day, hour=0, tzinfo=ZoneInfo("Europe/Berlin"))
    for hour in range(-1, hours + 1):
        usage_record(at=midnight.astimezone(UTC) + timedelta(hours=hour), cost_usd=1)

    found = costs(summary("day", tz="Europe/Berlin"))

    assert found[f"2026-{month:02}-{day}",] == hours
    assert sum(found.values()) == hours + 2


def test_the_hour_that_comes_twice_stays_two_hours():
    for minute in (0, 30, 60, 90):
        usage_record(at=NOON.replace(month=10, day=25, hour=0) + timedelta(minutes=minute))

    found = costs(summary("hour", tz="Europe/Berlin"))

    assert set(found) == {("2026-10-25T00:00:00Z",), ("2026-10-25T01:00:00Z",)}


def test_every_dimension_can_be_asked_for():
    usage_record(team_id="research", cache="exact")

    found = summary("customer,team,virtual_key,provider,cache,status")
    others = summary("model,endpoint,day,hour")

    assert found.groups[0].values == ("acme", "research", "vk-1", "openai", "exact", 200)
    assert len(others.groups[0].values) == 4


def test_filters_narrow_the_sums():
    usage_record(customer_id="acme", status=200, cost_usd=1)
    usage_record(customer_id="acme", status=502, cost_usd=2)
    usage_record(customer_id="umbrella", status=200, cost_usd=4)

    assert costs(summary("customer", status="200")) == {("acme",): 1, ("umbrella",): 4}
    assert summary("customer", from_="2020-01-01", to="2020-12-31").total.requests == 0


def test_a_viewer_bound_to_a_customer_sums_no_other():
    usage_record(customer_id="acme", cost_usd=1)
    usage_record(customer_id="umbrella", cost_usd=2)

    assert costs(summary("customer", only_customer="acme")) == {("acme",): 1}
    assert summary(only_customer="acme", customer="umbrella").total.requests == 0


@pytest.mark.parametrize("key", ["a' || pg_sleep(9) || '", "%s", "{shown}", '"', "a) --"])
def test_a_metadata_key_that_looks_like_sql_is_only_text(key):
    usage_record(metadata={key: "found"}, cost_usd=1)

    assert costs(summary(f"metadata.{key}")) == {("found",): 1}
