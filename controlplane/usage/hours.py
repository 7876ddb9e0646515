"""Which part of a period the rollups answer exactly, and which only the records do.

The hourly rollup knows whole hours of UTC, and where whole days of them are summed up, the daily
one has fewer rows. The records answer for the rest: for what lies before the first whole hour and
behind the last one, and for an hour that a calendar dimension cuts in two, as the days of
Asia/Kolkata do, which begin half past an hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from billing.periods import EPOCH
from controlplane.usage.days import Span, merged, readable_days, without
from controlplane.usage.dimensions import CALENDAR
from controlplane.usage.filters import RecordFilter

HOUR = timedelta(hours=1)
AHEAD = timedelta(days=93)

KNOWN = """
SELECT min(hour), max(hour), (SELECT array_agg(day ORDER BY day) FROM usage_summedday)
FROM usage_rollup WHERE NOT by_key
"""
LAST_MOMENT = timedelta(minutes=59, seconds=59, microseconds=999_999)


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
    """An hour that starts and ends on the same day, or in the same hour, of a zone is not torn."""
    zone = ZoneInfo(timezone)
    every = (whole.start + each * HOUR for each in range((whole.end - whole.start) // HOUR))
    return [hour for hour in every if _is_torn(hour, zone, dimension)]


def _is_torn(hour: datetime, zone: ZoneInfo, dimension: str) -> bool:
    first, last = hour.astimezone(zone), (hour + LAST_MOMENT).astimezone(zone)
    if dimension == "hour":
        return _hour_until_in(first) != _hour_until_in(last)
    return _day_or_month(first, dimension) != _day_or_month(last, dimension)


def _hour_until_in(local: datetime) -> datetime:
    return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _day_or_month(local: datetime, dimension: str) -> date:
    return local.date() if dimension == "day" else local.date().replace(day=1)


def _hour_until(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hour_from(moment: datetime) -> datetime:
    hour = _hour_until(moment)
    return hour if hour == moment else hour + HOUR
