"""Windows of budgets, computed from a timestamp: no reset job, so none can be late or run twice.

A *period* is the rhythm a budget names (`month`, `30d`, …); a *window* is one concrete
`[start, end)` of it. Calendar windows turn at midnight in the budget's own time zone, weeks on
Monday. A rolling period (`30d`, `6h`) has one window that moves; its spend leaves in buckets of
`bucket_length`, a sixtieth of its length and always late, so no true window is ever exceeded.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

CALENDAR_PERIODS = ("day", "week", "month", "quarter", "year", "lifetime")
BUCKETS_PER_WINDOW = 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROLLING = re.compile(r"^([1-9][0-9]{0,3})([dh])$")
ROLLING_LENGTH_MAX = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Window:
    """One concrete `[start, end)`; `end` is None for a lifetime."""

    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


def rolling_length(period: str) -> timedelta | None:
    """The length of a rolling period, None for a calendar one. Raises `ValueError` for neither."""
    if period in CALENDAR_PERIODS:
        return None
    match = ROLLING.match(period)
    if match is None:
        raise ValueError(f"window must be one of {', '.join(CALENDAR_PERIODS)}, or like 30d or 6h")
    count = int(match[1])
    length = timedelta(days=count) if match[2] == "d" else timedelta(hours=count)
    if length > ROLLING_LENGTH_MAX:
        raise ValueError("a rolling window is at most 400 days long")
    return length


def bucket_length(length: timedelta) -> timedelta:
    return length / BUCKETS_PER_WINDOW


def bucket_start(length: timedelta, at: datetime) -> datetime:
    """The start of the bucket that spending at `at` is counted in."""
    grain = bucket_length(length)
    return EPOCH + grain * ((at - EPOCH) // grain)


def window_at(period: str, timezone: str, at: datetime) -> Window:
    """The calendar window of `period` that holds `at`, as UTC instants.

    For a rolling period it is the one window a balance is kept for: all time from the epoch.
    """
    if period == "lifetime" or rolling_length(period) is not None:
        return Window(EPOCH, None)
    zone = ZoneInfo(timezone)
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    first, following = _calendar_bounds(period, midnight)
    return Window(_instant(first, zone), _instant(following, zone))


def _calendar_bounds(period: str, midnight: datetime) -> tuple[datetime, datetime]:
    """Start of the period around a naive local midnight, and start of the next one."""
    if period == "day":
        return midnight, midnight + timedelta(days=1)
    if period == "week":
        monday = midnight - timedelta(days=midnight.weekday())
        return monday, monday + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    month = (midnight.month - 1) // months * months
    first = midnight.replace(month=month + 1, day=1)
    year, month = divmod(first.year * 12 + month + months, 12)
    return first, first.replace(year=year, month=month + 1)


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """A local midnight as an instant; one that a clock change skips is the moment of the change."""
    return local.replace(tzinfo=zone).astimezone(UTC)
