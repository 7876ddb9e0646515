"""When calls are made: by hour of the day and weekday where the customer is, with growth."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from controlplane.demo_data.people import CALLERS, CUSTOMERS, Caller, Customer

HOUR = timedelta(hours=1)
SATURDAY = 5
DAILY_NOISE = 0.12

# Relative calls by hour of the day, and what is left of them on Saturdays and Sundays.
OFFICE = (2, 1, 1, 1, 1, 2, 6, 18, 48, 82, 96, 100, 78, 84, 98, 100, 92, 70, 38, 20, 14, 10, 6, 3)
ALWAYS = (34, 28, 24, 22, 24, 30, 42, 56, 70, 82, 90, 94, 92, 94, 96, 98, 100, 98, 94, 90, 84, 72,
          58, 44)  # fmt: skip
NIGHT = (20, 100, 100, 90, 70, 30, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 6)
RHYTHMS = {"office": (OFFICE, 0.22), "always": (ALWAYS, 0.8), "night": (NIGHT, 0.9)}


class Moment(NamedTuple):
    """A call that is made."""

    at: datetime
    caller: Caller


class Span(NamedTuple):
    """From `start` on and before `end`."""

    start: datetime
    end: datetime


def moments(span: Span, requests: int, random: Random) -> list[Moment]:
    """So many calls within the span, in the order of their time."""
    cells = list(_cells(span, random))
    cumulated = list(accumulate(weight for _, _, weight in cells))
    found = []
    for _ in range(requests):
        caller, hour, _ = cells[bisect_right(cumulated, random.random() * cumulated[-1])]
        found.append(Moment(_within(hour, span, random), caller))
    return sorted(found, key=lambda moment: (moment.at, moment.caller.id))


def _cells(span: Span, random: Random) -> Iterator[tuple[Caller, Span, float]]:
    """The weight of each caller's each hour."""
    hours = list(_hours(span))
    for customer in CUSTOMERS:
        callers = [caller for caller in CALLERS if caller.customer is customer]
        local = [hour.start.astimezone(ZoneInfo(customer.timezone)) for hour in hours]
        sizes = _sizes(customer, hours, local, span.end, random)
        for hour, clock, size in zip(hours, local, sizes, strict=True):
            for caller in callers:
                if weight := size * caller.calls * _busy(caller.service.rhythm, clock):
                    yield caller, hour, weight


def _sizes(
    customer: Customer,
    hours: Sequence[Span],
    local: Sequence[datetime],
    end: datetime,
    random: Random,
) -> Iterator[float]:
    """How much a customer calls in each hour, apart from its rhythm."""
    noise: dict[str, float] = {}
    came = customer.came_days_ago
    for hour, clock in zip(hours, local, strict=True):
        day = f"{clock:%Y-%m-%d}"
        if day not in noise:
            noise[day] = random.lognormvariate(0, DAILY_NOISE)
        age = (end - hour.start) / timedelta(days=1)
        is_there = came is None or age <= came
        length = (hour.end - hour.start) / HOUR
        yield length * noise[day] * customer.growth**-age if is_there else 0.0


def _busy(rhythm: str, clock: datetime) -> float:
    by_hour, weekend = RHYTHMS[rhythm]
    return by_hour[clock.hour] / sum(by_hour) * (weekend if clock.weekday() >= SATURDAY else 1)


def _hours(span: Span) -> Iterator[Span]:
    """The hours of the span, its first and last one perhaps not whole."""
    start = span.start
    while start < span.end:
        following = start.replace(minute=0, second=0, microsecond=0) + HOUR
        yield Span(start, min(following, span.end))
        start = following


def _within(hour: Span, span: Span, random: Random) -> datetime:
    microseconds = int((hour.end - hour.start) / timedelta(microseconds=1) * random.random())
    return min(hour.start + timedelta(microseconds=microseconds), span.end - span.end.resolution)
