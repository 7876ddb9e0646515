"""Which part of a period the rollups answer exactly, and which only the records do.

The hourly rollup knows whole hours of UTC, and where whole days of them are summed up, the daily
one has fewer rows. The records answer for the rest: for what lies before the first whole hour and
behind the last one, and for an hour that a calendar dimension cuts in two, as the days of
Asia/Kolkata do, which begin half past an hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from billing.periods import EPOCH
from controlplane.usage.days import Span, merged, readable_days, without
from controlplane.usage.dimensions import CALENDAR, expression
from controlplane.usage.filters import RecordFilter
from controlplane.usage.fragments import Sql, filled, value

HOUR = timedelta(hours=1)
AHEAD = timedelta(days=93)

KNOWN = """
SELECT min(hour), max(hour), (SELECT array_agg(day ORDER BY day) FROM usage_summedday)
FROM usage_rollup WHERE NOT by_key
"""
# An hour that starts and ends on the same day, or in the same hour, of a time zone is whole there.
TORN = """
SELECT hour FROM generate_series({first}, {last}, interval '1 hour') AS hour
WHERE {is_torn} ORDER BY hour
"""
LAST_MOMENT = "hour + interval '59 minutes 59.999999 seconds'"


@dataclass(frozen=True)
class Reading:
    """`whole` hours but the `torn` ones are the rollups': the daily one's where they lie in `days`,
    the hourly one's where they lie in `hours`. `pieces` are all that remains.
    """

    whole: Span | None
    pieces: tuple[Span, ...]
    torn: tuple[datetime, ...] = ()
    days: tuple[Span, ...] = ()
    hours: tuple[Span, ...] = ()


class Hours:
    """Which hours have records, which are torn, which days are summed up: asked once for several
    readings.
    """

    def __init__(self) -> None:
        self.known, self.summed = known_hours()
        self._torn: dict[tuple[str, str], tuple[Span, list[datetime]]] = {}
        self.folding: dict[str, tuple[Span, list[str]]] = {}
        """By what was asked, which virtual keys fold it in which time (`sources.py`)."""

    def around(self, whole: Span) -> Span:
        """These hours with those that are likely to be asked about next."""
        return Span(min(whole.start, self.known.end - AHEAD), max(whole.end, self.known.end))

    def torn(self, whole: Span, timezone: str, dimension: str) -> list[datetime]:
        """Of these hours, those that the dimension cuts in two."""
        if timezone == "UTC":
            return []
        asked = self._torn.get((timezone, dimension))
        if asked is None or whole.start < asked[0].start or whole.end > asked[0].end:
            # What is asked next is mostly a part of the same time, or not much older.
            span = self.around(whole)
            asked = span, _torn_hours(span, timezone, dimension)
            self._torn[timezone, dimension] = asked
        return [hour for hour in asked[1] if whole.start <= hour < whole.end]


def plan_reading(
    records: RecordFilter, dimensions: Sequence[str], hours: Hours | None = None
) -> Reading:
    """How to read the filter's period for these dimensions; an open end is where records end."""
    hours = hours or Hours()
    known = hours.known
    start = max(records.start or known.start, known.start)
    end = min(records.end or known.end, known.end)
    whole = Span(_hour_from(start), _hour_until(end))
    if whole.start >= whole.end:
        return Reading(None, tuple(merged([Span(start, end)])))
    calendar = [name for name in dimensions if name in CALENDAR]
    torn = sorted({hour for n in calendar for hour in hours.torn(whole, records.timezone, n)})
    edges = [Span(start, whole.start), Span(whole.end, end)]
    pieces = tuple(merged([*edges, *(Span(hour, hour + HOUR) for hour in torn)]))
    if len(torn) * HOUR >= whole.end - whole.start:
        return Reading(None, pieces, tuple(torn))
    days = readable_days(hours.summed, whole, calendar, records.timezone)
    return Reading(whole, pieces, tuple(torn), tuple(days), tuple(without(whole, days)))


def known_hours() -> tuple[Span, list[datetime]]:
    """From the first hour with a record to the end of the last one; the days summed up."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN)
        first, last, summed = cursor.fetchone()
    known = Span(EPOCH, EPOCH) if first is None else Span(first, last + HOUR)
    return known, summed or []


def _torn_hours(whole: Span, timezone: str, dimension: str) -> list[datetime]:
    query = filled(
        TORN,
        first=value(whole.start),
        last=value(whole.end - HOUR),
        is_torn=_is_torn(dimension, timezone),
    )
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.parameters)
        return [hour for (hour,) in cursor.fetchall()]


def _is_torn(dimension: str, timezone: str) -> Sql:
    return filled(
        "{first} <> {last}",
        first=expression(dimension, timezone, at="hour"),
        last=expression(dimension, timezone, at=f"({LAST_MOMENT})"),
    )


def _hour_until(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hour_from(moment: datetime) -> datetime:
    hour = _hour_until(moment)
    return hour if hour == moment else hour + HOUR
