"""Which part of a period the hourly rollup answers exactly, and which only the records do.

The rollup knows whole hours of UTC. The records answer for the rest: for what lies before the first
whole hour and behind the last one, and for an hour that a calendar dimension cuts in two, as the
days of Asia/Kolkata do, which begin half past an hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from billing.periods import EPOCH
from controlplane.usage.dimensions import CALENDAR, expression
from controlplane.usage.filters import RecordFilter
from controlplane.usage.fragments import Sql, filled, joined, value

HOUR = timedelta(hours=1)

KNOWN = "SELECT min(hour), max(hour) FROM usage_rollup WHERE NOT by_key"
# An hour that starts and ends on the same day, or in the same hour, of a time zone is whole there.
CALENDAR_HOURS = """
SELECT {is_torn}, hour, {keys}
FROM generate_series({first}, {last}, interval '1 hour') AS hour ORDER BY hour
"""
LAST_MOMENT = "hour + interval '59 minutes 59.999999 seconds'"


class Span(NamedTuple):
    """From `start` on and before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Reading:
    """`whole` hours but the `torn` ones are the rollup's; `pieces` are all that remains.

    Where calendar dimensions are asked for, `calendar` says the rollup's hours and their values.
    """

    whole: Span | None
    pieces: tuple[Span, ...]
    torn: tuple[datetime, ...] = ()
    calendar: tuple[tuple[date, ...], ...] = ()


def plan_reading(records: RecordFilter, dimensions: Sequence[str]) -> Reading:
    """How to read the filter's period for these dimensions; an open end is where records end."""
    known = _known_hours()
    start = max(records.start or known.start, known.start)
    end = min(records.end or known.end, known.end)
    whole = Span(_hour_from(start), _hour_until(end))
    if whole.start >= whole.end:
        return Reading(None, tuple(_merged([Span(start, end)])))
    hours = _calendar_hours(whole, records.timezone, dimensions)
    torn = [hour for is_torn, hour, *_ in hours if is_torn]
    edges = [Span(start, whole.start), Span(whole.end, end)]
    pieces = _merged([*edges, *(Span(hour, hour + HOUR) for hour in torn)])
    if len(torn) * HOUR == whole.end - whole.start:
        return Reading(None, tuple(pieces))
    calendar = tuple(tuple(moments) for is_torn, *moments in hours if not is_torn)
    return Reading(whole, tuple(pieces), tuple(torn), calendar)


def _known_hours() -> Span:
    """From the first hour with a record to the end of the last one."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN)
        first, last = cursor.fetchone()
    return Span(EPOCH, EPOCH) if first is None else Span(first, last + HOUR)


def _calendar_hours(whole: Span, timezone: str, dimensions: Sequence[str]) -> list[Any]:
    """For each hour, whether it is torn, when it is, and its calendar dimensions."""
    calendar = [name for name in dimensions if name in CALENDAR]
    if not calendar:
        return []
    query = filled(
        CALENDAR_HOURS,
        is_torn=joined(" OR ", [_is_torn(name, timezone) for name in calendar]),
        keys=joined(", ", [expression(name, timezone, at="hour") for name in calendar]),
        first=value(whole.start),
        last=value(whole.end - HOUR),
    )
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.parameters)
        return cursor.fetchall()


def _is_torn(dimension: str, timezone: str) -> Sql:
    return filled(
        "{first} <> {last}",
        first=expression(dimension, timezone, at="hour"),
        last=expression(dimension, timezone, at=f"({LAST_MOMENT})"),
    )


def _merged(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that touch as one, without the empty ones."""
    merged: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if merged and merged[-1].end == span.start:
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


def _hour_until(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hour_from(moment: datetime) -> datetime:
    hour = _hour_until(moment)
    return hour if hour == moment else hour + HOUR
