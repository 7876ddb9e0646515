"""Periods as people name them: one reading for pages, links, exports and the API.

`period` is `this-month`, `last-month`, a month like `2026-11`, or days up to today like `7d`. It
is whole days of a time zone, both ends included; as instants it is half-open.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controlplane.errors import invalid

MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
DAYS = re.compile(r"([1-9][0-9]{0,2})d")
DAYS_MAX = 400
DAY = timedelta(days=1)
# No day that a neighbouring time zone or the day before could push off the calendar.
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(9999, 11, 30)
THIS_MONTH, LAST_MONTH = "this-month", "last-month"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of a time zone; `name` is how a URL says it, empty for a pair of days."""

    first: date
    last: date
    timezone: str = "UTC"
    name: str = ""

    @property
    def start(self) -> datetime:
        return _midnight(self.first, self.timezone)

    @property
    def end(self) -> datetime:
        """The instant after its last day."""
        return _midnight(self.last + DAY, self.timezone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def is_month(self) -> bool:
        return (self.first, self.last) == _month_of(self.first)

    def is_open(self, now: datetime) -> bool:
        """Whether some of it is still to come."""
        return now < self.end

    def until(self, now: datetime) -> "Period":
        """Its days so far, today included; all of them once it is over."""
        today = now.astimezone(ZoneInfo(self.timezone)).date()
        return self.replaced(self.first, max(self.first, min(self.last, today)), self.name)

    def elapsed(self, now: datetime) -> tuple[datetime, datetime]:
        """From its start to now, or to its end."""
        return self.start, max(self.start, min(self.end, now))

    def before(self) -> "Period":
        """The one before it: the month before a month, else as many days."""
        if self.is_month:
            return self.replaced(*_month_of(self.first - DAY))
        return self.replaced(self.first - self.days * DAY, self.first - DAY)

    def after(self) -> "Period":
        if self.is_month:
            return self.replaced(*_month_of(self.last + DAY))
        return self.replaced(self.last + DAY, self.last + self.days * DAY)

    def same_part(self, other: "Period", now: datetime) -> tuple[datetime, datetime]:
        """Of another period as much as has passed of this one: the same days, the same clock."""
        if not self.is_open(now):
            return other.start, other.end
        zone = ZoneInfo(self.timezone)
        local = max(now, self.start).astimezone(zone)
        passed = local.date() - self.first
        moment = datetime.combine(other.first + passed, local.timetz().replace(tzinfo=zone))
        return other.start, max(other.start, min(other.end, moment.astimezone(UTC)))

    def replaced(self, first: date, last: date, name: str = "") -> "Period":
        return Period(first, last, self.timezone, name)


def named_period(name: str, timezone: str, now: datetime) -> Period:
    """The period that a name means now. Raises `DomainError` for no name of a period."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    first, last = _named(name, today)
    return checked(Period(first, last, timezone, name), "period")


def days_between(first: date, last: date, timezone: str) -> Period:
    """From the earlier of two days to the later one."""
    return checked(Period(min(first, last), max(first, last), timezone), "from")


def checked(period: Period, field: str) -> Period:
    """The period, if it lies where calendars are sound. Raises `DomainError`."""
    if period.first < FIRST_DAY or period.last > LAST_DAY:
        raise invalid(field, f"Must lie between {FIRST_DAY} and {LAST_DAY}.")
    return period


def _named(name: str, today: date) -> tuple[date, date]:
    if name == THIS_MONTH:
        return _month_of(today)
    if name == LAST_MONTH:
        return _month_of(today.replace(day=1) - DAY)
    if (match := MONTH.fullmatch(name)) and match[1] != "0000":
        return _month_of(date(int(match[1]), int(match[2]), 1))
    if (match := DAYS.fullmatch(name)) and int(match[1]) <= DAYS_MAX:
        return today - (int(match[1]) - 1) * DAY, today
    raise invalid(
        "period",
        f"Must be {THIS_MONTH}, {LAST_MONTH}, a month like 2026-11, or days up to today like 7d "
        f"(at most {DAYS_MAX}).",
    )


def _month_of(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _midnight(day: date, timezone: str) -> datetime:
    """The start of a day as an instant; one that a clock change skips is the moment of it."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)
