"""Sums from the hourly rollup are those of the records to the last digit, whatever is asked."""

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from controlplane.usage.measures import Sums
from controlplane.usage.parameters import read_filter
from controlplane.usage.queries import record_page
from controlplane.usage.summary import summarise
from tests.builders import execute, insert, usage_records

pytestmark = pytest.mark.usefixtures("database")

# With clocks that are set back: in Berlin by an hour, on Lord Howe (in April) by half an hour.
STARTS = [datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)]
ZONES = [
    "UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/St_Johns", "Pacific/Chatham",
]  # fmt: skip
DIMENSIONS = [
    "customer", "team", "virtual_key", "provider", "model", "status", "cache", "endpoint", "day",
    "hour", "metadata.code", "metadata.trace",
]  # fmt: skip
FILTERS = {
    "customer": ["acme", "umbrella", ""],
    "team": ["", "red"],
    "virtual_key": ["vk-1", "vk-3", ""],
    "model": ["openai/gpt-4o", ""],
    "status": ["200", "429"],
    "metadata.code": ["B-1", "1", "1.0", ""],
    "metadata.trace": ["t-7", ""],
}

CODES = ["budget_exceeded", "tokens_per_minute", "max_parallel_requests", "some_reason"]
ATTEMPTS = [[{"model": name} for name in names] for names in ("a", "aa", "ab", "aba", "aab")]
LIMITS = {"requests_per_minute", "tokens_per_minute", "max_parallel_requests"}


def random_record(dice):
    key = dice.choice(["vk-1", "vk-2", "vk-3", None])
    status = dice.choice([200, 200, 200, 403, 429, 502])
    metadata = {"code": dice.choice(["B-1", "B-2", 1, 1.0, "", None, True])}
    if dice.random() < 0.6:
        metadata["trace"] = f"t-{dice.randrange(40)}"
    return {
        "at": dice.choice(STARTS) + timedelta(microseconds=dice.randrange(3 * 86400 * 10**6)),
        "customer_id": key and dice.choice(["acme", "umbrella"]),
        "team_id": dice.choice([None, "red", "blue"]),
        "virtual_key_id": key,
        "metadata": metadata if key and dice.random() < 0.9 else {},
        "model": dice.choice(["openai/gpt-4o", "Ärger/ü", None]),
        "cache": dice.choice(["off", "exact", "semantic"]),
        "status": status,
        "error_code": None if status == 200 else dice.choice(CODES),
        "attempts": [] if status in (403, 429) else dice.choice(ATTEMPTS),
        "cost_usd": dice.choice([None, Decimal(dice.randrange(10**18)).scaleb(-12)]),
        "saved_usd": Decimal(dice.randrange(10**15)).scaleb(-12),
        **{f"{kind}_tokens": dice.randrange(10**12) for kind in ("input", "output", "reasoning")},
    }


def book_at_random(dice, batches=8, records=50):
    """Books batches; metadata is folded, and told apart again, between them."""
    for number in range(batches):
        if number == 2:
            fold("vk-1", ["trace"])
            fold("vk-2", None)
        if number == 6:
            execute("DELETE FROM usage_foldedmetadata WHERE virtual_key_id = 'vk-2'")
        usage_records([random_record(dice) for _ in range(records)])


def fold(virtual_key, keys):
    row = {"virtual_key_id": virtual_key, "keys": keys}
    insert("usage_foldedmetadata", row, returning="virtual_key_id")


def random_question(dice):
    """Parameters of a summary as a URL has them, and its dimensions."""
    parameters = {"tz": [dice.choice(ZONES)]}
    for name in dice.sample(list(FILTERS), dice.choice([0, 0, 1, 2])):
        parameters[name] = dice.sample(FILTERS[name], dice.choice([1, 2]))
    form = dice.choice(["%Y-%m-%d", "%Y-%m-%dT%H:%M:00Z", "%Y-%m-%dT%H:00:00Z"])
    moments = sorted(f"{random_moment(dice):{form}}" for _ in range(2))
    for name, moment in zip(("from", "to"), moments, strict=True):
        if dice.random() < 0.7:
            parameters[name] = [moment]
    return parameters, tuple(dice.sample(DIMENSIONS, dice.randrange(4)))


def random_moment(dice):
    return dice.choice(STARTS) + timedelta(minutes=dice.randrange(3 * 24 * 60))


def value_of(record, dimension, zone):
    if dimension == "day":
        return record.at.astimezone(zone).date().isoformat()
    if dimension == "hour":
        clock = record.at.astimezone(zone)
        passed = timedelta(minutes=clock.minute, seconds=clock.second)
        return f"{record.at.astimezone(UTC) - passed:%Y-%m-%dT%H:%M:%SZ}"
    if dimension.startswith("metadata."):
        value = record.metadata.get(dimension.removeprefix("metadata."))
        return (value if isinstance(value, str | None) else json.dumps(value)) or None
    column = dimension if hasattr(record, dimension) else f"{dimension}_id"
    return getattr(record, column)


def is_refused(record, codes):
    return record.error_code in codes and not record.attempts


def is_rescued(record, *, by_fallback):
    if record.status >= 400 or record.error_code or len(record.attempts) < 2:
        return False
    return (record.attempts[0]["model"] != record.attempts[-1]["model"]) == by_fallback


def sums_of(records):
    costs = [record.cost_usd for record in records]
    known = [cost for cost in costs if cost is not None]
    summed = [name for name in Sums.__dataclass_fields__ if name.endswith(("_tokens", "saved_usd"))]
    return Sums(
        requests=len(records),
        answered=sum(record.status < 400 and not record.error_code for record in records),
        refused=sum(400 <= record.status < 500 and not record.attempts for record in records),
        refused_by_budget=sum(is_refused(record, {"budget_exceeded"}) for record in records),
        refused_by_rate_limit=sum(is_refused(record, LIMITS) for record in records),
        refused_by_permission=sum(r.status == 403 and not r.attempts for r in records),
        rescued_by_retry=sum(is_rescued(record, by_fallback=False) for record in records),
        rescued_by_fallback=sum(is_rescued(record, by_fallback=True) for record in records),
        exact_cache_hits=sum(record.cache == "exact" for record in records),
        semantic_cache_hits=sum(record.cache == "semantic" for record in records),
        cost_usd=sum(known) if known or not costs else None,
        unpriced_requests=len(costs) - len(known),
        **{name: sum(getattr(record, name) for record in records) for name in summed},
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_summary_is_the_sum_of_its_records_however_it_is_read(seed):
    dice = random.Random(seed)
    book_at_random(dice)
    for _ in range(40):
        parameters, dimensions = random_question(dice)
        records, zone = read_filter(parameters), ZoneInfo(parameters["tz"][0])
        groups = defaultdict(list)
        found = record_page(records, limit=10**6)
        for record in found:
            groups[tuple(value_of(record, each, zone) for each in dimensions)].append(record)

        summary = summarise(records, dimensions)

        if dimensions:
            expected = {values: sums_of(group) for values, group in groups.items()}
            assert {group.values: group.sums for group in summary.groups} == expected, parameters
        assert summary.total == sums_of(found), parameters
