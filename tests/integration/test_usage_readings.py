"""What pages read: sums over time, two periods compared, percentiles, and pages of records."""

import statistics
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.money import ZERO
from controlplane.demo_data.demo import write_demo_data
from controlplane.errors import DomainError
from controlplane.usage.comparison import compare, split_difference
from controlplane.usage.filters import RecordFilter
from controlplane.usage.latencies import latencies
from controlplane.usage.models import UsageRecord
from controlplane.usage.queries import Position, dearest_records, newer_page, record_page
from controlplane.usage.series import series
from controlplane.usage.services import measure_latencies
from controlplane.usage.summary import summarise
from tests import postgres
from tests.builders import usage_record

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
LATER = RecordFilter(start=NOW - WEEK, end=NOW)
EARLIER = RecordFilter(start=NOW - 2 * WEEK, end=NOW - WEEK)


@pytest.fixture(scope="module", autouse=True)
def demo(database_url):
    """Two weeks of traffic, written once and only looked at."""
    postgres.empty(database_url)
    write_demo_data(14, 1200, seed=3, now=NOW)


def answers(**more):
    cached = {"cache__in": ["exact", "semantic"]}
    return UsageRecord.objects.filter(status__lt=400, error_code=None, **more).exclude(**cached)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("grain", ["hour", "day", "month"])
def test_a_series_has_the_sums_of_a_summary_by_time(grain, zone):
    records = replace(LATER, timezone=zone)
    summary = summarise(records, (grain,))
    [line] = series(records, grain).lines
    assert line.sums == {group.values[0]: group.sums for group in summary.groups}


def test_a_series_shows_the_largest_lines_and_the_rest_as_one():
    summary = summarise(LATER, ("virtual_key", "day"), limit=1000)
    found = series(LATER, "day", "virtual_key", top=3)
    *largest, other = found.lines
    by_key = {}
    for group in summary.groups:
        by_key[group.values[0]] = by_key.get(group.values[0], ZERO) + (group.sums.cost_usd or ZERO)
    ranked = sorted(by_key, key=lambda key: (-by_key[key], key))
    assert [line.value for line in largest] == ranked[:3]
    assert (other.is_other, other.value, other.groups) == (True, None, len(by_key) - 3)
    for line in largest:
        assert sum(each.cost_usd for each in line.sums.values()) == by_key[line.value]
    all_lines = [each.requests for line in found.lines for each in line.sums.values()]
    assert sum(all_lines) == summary.total.requests


def test_a_series_may_be_ranked_by_any_measure_and_by_no_other_text():
    [first, *_] = series(LATER, "day", "customer", top=1, ranked_by="refused_by_budget").lines
    refused = {
        g.values[0]: g.sums.refused_by_budget for g in summarise(LATER, ("customer",)).groups
    }
    assert refused[first.value] == max(refused.values())
    with pytest.raises(ValueError, match="not a measure"):
        series(LATER, "day", ranked_by="1; DROP TABLE usage_rollup")


def test_two_periods_are_compared_by_what_is_spent_and_by_what_moved():
    now, before = (
        {group.values[0]: group.sums for group in summarise(each, ("team",)).groups}
        for each in (LATER, EARLIER)
    )
    changes = compare(LATER, EARLIER, "team")
    assert {change.value: change.later for change in changes if change.later.requests} == now
    assert {change.value: change.earlier for change in changes if change.earlier.requests} == before
    spent = [change.later.cost_usd for change in changes]
    assert spent == sorted(spent, reverse=True)
    moved = compare(LATER, EARLIER, "team", top=2, order="moved")
    largest = sorted((abs(change.difference_usd) for change in changes), reverse=True)
    assert [abs(change.difference_usd) for change in moved[:2]] == largest[:2]
    assert (moved[2].is_other, moved[2].groups) == (True, len(changes) - 2)
    assert sum(c.difference_usd for c in moved) == sum(c.difference_usd for c in changes)


def test_the_split_of_a_difference_sums_to_it():
    found = split_difference(LATER, EARLIER)
    totals = [summarise(each, ()).total.cost_usd for each in (LATER, EARLIER)]
    assert found.total_usd == totals[0] - totals[1]
    parts = [*found.causes.values(), *found.new.values(), *found.gone.values()]
    assert sum(parts) == found.total_usd


@pytest.mark.parametrize("bound", [{}, {"customer": ("acme_corp",)}])
def test_percentiles_are_within_five_percent(bound):
    records = RecordFilter(fields=bound)
    for found in latencies(records, ("model",)):
        own = {"customer_id": "acme_corp"} if bound else {}
        times = sorted(answers(model=found.values[0], **own).values_list("total_ms", flat=True))
        assert found.percentiles.answers == len(times)
        for share, shown in ((0.5, found.percentiles.p50), (0.95, found.percentiles.p95)):
            exact = times[max(0, -(-int(share * 100) * len(times) // 100) - 1)]
            assert shown == pytest.approx(exact, rel=0.05)


def test_first_tokens_are_measured_where_answers_were_streamed():
    [found] = latencies(RecordFilter(), of="ttft_ms")
    times = list(answers(streamed=True).values_list("ttft_ms", flat=True))
    assert found.percentiles.answers == len(times)
    assert found.percentiles.p50 == pytest.approx(statistics.median(times), rel=0.06)


def test_percentiles_keep_to_what_a_viewer_may_see():
    bound = RecordFilter(only_customer="globex")
    assert {each.values[0] for each in latencies(bound, ("customer",))} == {"globex"}


def test_percentiles_are_refused_by_what_they_are_not_counted_by():
    with pytest.raises(DomainError, match="metadata"):
        latencies(RecordFilter(metadata={"feature": ("chat",)}))
    with pytest.raises(DomainError, match="virtual_key"):
        latencies(RecordFilter(), ("virtual_key",))


def test_pages_lead_back_to_where_they_came_from():
    first = record_page(LATER, limit=20)
    second = record_page(LATER, limit=20, after=Position.of(first[-1]))
    assert newer_page(LATER, limit=20, before=Position.of(second[0])) == first
    assert newer_page(LATER, limit=5, before=Position.of(second[0])) == first[-5:]
    assert newer_page(LATER, limit=5, before=Position.of(first[0])) == []


def test_the_dearest_records_come_first():
    costs = sorted(
        UsageRecord.objects.filter(at__gte=LATER.start, cost_usd__gt=0).values_list(
            "cost_usd", flat=True
        ),
        reverse=True,
    )
    assert [record.cost_usd for record in dearest_records(LATER, limit=30)] == costs[:30]


def test_hours_that_got_answers_since_are_measured_again():
    assert measure_latencies() == []
    hour = datetime(2026, 11, 21, 3, tzinfo=UTC)
    usage_record(at=hour + timedelta(minutes=5), model="late/model", total_ms=1234.5)
    assert measure_latencies() == [hour]
    [found] = latencies(RecordFilter(fields={"model": ("late/model",)}))
    assert found.percentiles.p99 == pytest.approx(1234.5, rel=0.05)
    assert measure_latencies() == []
