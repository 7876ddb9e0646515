"""Slow drift: three days against the same days two, three and four weeks before."""

from collections.abc import Collection
from math import log

from billing.anomalies.events import Finding, Kind
from billing.anomalies.grid import DAY_SECONDS, Grid
from billing.anomalies.seasons import median

DAYS = 3
WEEKS = (2, 3, 4)
RATIO_MIN = 1.5
RATIO_OF_NEAREST_MIN = 1.25
RATIO_OF_LAST_WEEK_MIN = 1.08
DEVIATIONS_MIN = 4.0
DEVIATION_MIN = 0.06
TRIALS_MIN = 7
HOURS_MIN = 14
RECORD_DAYS = 56
RECORD_MARGIN = 1.15


def find_drift(
    grid: Grid, now: int, hours: Collection[float], excess_a_day: float = 0.0
) -> Finding | None:
    """Whether the days before slot `now` are far above those weeks ago, and still rising."""
    if grid.is_signed or len(hours) < HOURS_MIN:
        return None
    length = grid.slots(DAYS * DAY_SECONDS)
    observed = grid.mean(now, length)
    last_week = _weeks_ago(grid, now, length, 1)
    earlier = [mean for week in WEEKS if (mean := _weeks_ago(grid, now, length, week))]
    if observed is None or not last_week or len(earlier) < 2:
        return None
    expected = median(list(earlier))
    rises = observed >= RATIO_OF_LAST_WEEK_MIN * last_week
    if not rises or observed < RATIO_MIN * expected or observed < RATIO_OF_NEAREST_MIN * earlier[0]:
        return None
    if (observed - expected) * grid.slots(DAY_SECONDS) < excess_a_day:
        return None
    if not _is_record(grid, now, length, observed):
        return None
    if log(observed / expected) < DEVIATIONS_MIN * _weekly_deviation(grid, now, length):
        return None
    at = grid.start + (now - 1) * grid.step
    return Finding(Kind.DRIFT, at, length * grid.step, expected, observed)


def _weeks_ago(grid: Grid, now: int, length: int, weeks: int) -> float | None:
    return grid.mean(now - grid.slots(7 * weeks * DAY_SECONDS), length)


def _is_record(grid: Grid, now: int, length: int, observed: float) -> bool:
    """Whether no three days, but for the last two weeks, came near it: bursts come and go."""
    day = grid.slots(DAY_SECONDS)
    ends = range(now - 14 * day, max(length, now - RECORD_DAYS * day) - 1, -day)
    earlier = [mean for end in ends if (mean := grid.mean(end, length)) is not None]
    return not earlier or observed >= RECORD_MARGIN * max(earlier)


def _weekly_deviation(grid: Grid, now: int, length: int) -> float:
    """How much such days differ from one week to the next, in logarithms, before all this began."""
    day = grid.slots(DAY_SECONDS)
    changes = []
    for end in range(now - 14 * day, length + 7 * day, -day):
        later, sooner = grid.mean(end, length), grid.mean(end - 7 * day, length)
        if later and sooner:
            changes.append(abs(log(later / sooner)))
    if len(changes) < TRIALS_MIN:
        return DEVIATION_MIN
    return max(DEVIATION_MIN, 1.4826 * median(changes))
