"""Which whole days (UTC) of a reading the daily rollup answers exactly.

Those that are summed up, that lie in the period as a whole, and that no calendar dimension cuts: a
day of Europe/Berlin is parts of two, while a month of it cuts only the days at its ends.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
# Hours between summed days are read as spans, of which a statement names a few.
SPANS_MAX = 16


class Span(NamedTuple):
    """From `start` on and before `end`."""

    start: datetime
    end: datetime


def readable_days(
    summed: Sequence[datetime], whole: Span, calendar: Sequence[str], timezone: str
) -> list[Span]:
    """Spans of summed days, in their order, at most `SPANS_MAX`. `summed` is in order, too."""
    if "hour" in calendar:
        return []
    inside = summed[bisect_left(summed, whole.start) :]
    days = [Span(day, day + DAY) for day in inside if day + DAY <= whole.end]
    if calendar and timezone != "UTC":
        zone = ZoneInfo(timezone)
        days = [day for day in days if not _is_cut(day, calendar, zone)]
    return sorted(sorted(merged(days), key=_length)[-SPANS_MAX:])


def without(whole: Span, taken: Sequence[Span]) -> list[Span]:
    """What the spans, which are in order, leave of the whole."""
    left, start = [], whole.start
    for span in taken:
        left.append(Span(start, span.start))
        start = span.end
    return [span for span in [*left, Span(start, whole.end)] if span.start < span.end]


def merged(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that touch as one, without the empty ones."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if found and found[-1].end == span.start:
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def _length(span: Span) -> timedelta:
    return span.end - span.start


def _is_cut(day: Span, calendar: Sequence[str], zone: ZoneInfo) -> bool:
    first = day.start.astimezone(zone).date()
    last = (day.end - MOMENT).astimezone(zone).date()
    return first != last if "day" in calendar else _month(first) != _month(last)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
