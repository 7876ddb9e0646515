"""The places of a time axis: every hour, day or month of a span that has begun, also empty ones."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import PageFilter
from controlplane.dashboard.numbers import short_day_text

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Bucket:
    """`key` is what reports call it; `query` shows its time alone."""

    key: str
    start: datetime
    end: datetime
    title: str
    query: Query


def buckets(chosen: PageFilter, each: str) -> list[Bucket]:
    """In order; the last may not be over."""
    start, end = chosen.span.start, min(chosen.span.end, max(chosen.now, chosen.span.start))
    if each == "hour":
        return _hours(chosen, start, end)
    return _calendar(chosen, start, end, each)


def _hours(chosen: PageFilter, start: datetime, end: datetime) -> list[Bucket]:
    zone = ZoneInfo(chosen.period.timezone)
    # Hours begin on the clock of the zone, which may be half an hour from that of UTC.
    local = start.astimezone(zone)
    at = start - timedelta(minutes=local.minute, seconds=local.second)
    found = []
    while at < end:
        key, until = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", at + HOUR
        shown = at.astimezone(zone)
        title = f"{short_day_text(shown.date())}, {shown:%H:%M}"
        query = _between(chosen.query, key, f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        found.append(Bucket(key, at, until, title, query))
        at = until
    return found


def _calendar(chosen: PageFilter, start: datetime, end: datetime, each: str) -> list[Bucket]:
    zone = ZoneInfo(chosen.period.timezone)
    day = start.astimezone(zone).date()
    day = day.replace(day=1) if each == "month" else day
    found = []
    while (at := _midnight(day, zone)) < end:
        following = _next(day, each)
        last = following - timedelta(days=1)
        title = f"{day:%b %Y}" if each == "month" else short_day_text(day)
        query = _between(chosen.query, day.isoformat(), last.isoformat())
        found.append(Bucket(day.isoformat(), at, _midnight(following, zone), title, query))
        day = following
    return found


def _between(query: Query, first: str, last: str) -> Query:
    return query.having({"period": None, "from": first, "to": last, "each": None})


def _next(day: date, each: str) -> date:
    if each == "day":
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
