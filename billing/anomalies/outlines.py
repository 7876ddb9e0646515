"""A series and what is usual for it, hour by hour: what a chart of an event shows."""

from typing import NamedTuple

from billing.anomalies.event_log import HIGH
from billing.anomalies.events import Event
from billing.anomalies.grid import HOUR_SECONDS, Grid
from billing.anomalies.monitor import Monitor


class Hour(NamedTuple):
    """Of the hour that begins `at` (or what of it is over): means a slot."""

    at: float
    slots: int
    observed: float
    expected: float
    low: float
    high: float


def outline(monitor: Monitor, hours: int) -> list[Hour]:
    """The last hours of a series that was watched to its end, the oldest first."""
    grid, length = monitor.grid, monitor.hour
    scale = next(each for each in monitor.scales if each.length >= length)
    first = (len(grid) - 1) // length * length - (hours - 1) * length
    found = []
    for begin in range(max(0, first), len(grid), length):
        end = min(begin + length, len(grid))
        observed = grid.mean(end, end - begin)
        usual = monitor.seasons.best.usual(grid, begin + length, length, scale.move)
        if observed is None or usual is None:
            continue
        expected = usual * monitor.level.growth
        at = grid.start + begin * grid.step
        found.append(Hour(at, end - begin, observed, expected, *scale.band(expected)))
    return found


def onset(grid: Grid, event: Event) -> float:
    """When it began, within the window that first showed it: what came since is furthest off.

    Each slot is held against the middle between the usual and what was seen.
    """
    begin = round((event.since - grid.start) / grid.step)
    end = round((event.seen_at - grid.start) / grid.step) + 1
    middle = (event.expected + event.observed) / 2
    side = 1 if event.kind in HIGH else -1
    best, most, total = begin, float("-inf"), 0.0
    for slot in range(min(end, len(grid)) - 1, max(begin, 0) - 1, -1):
        total += side * (grid.sums[slot + 1] - grid.sums[slot] - middle)
        if total > most:
            best, most = slot, total
    return grid.start + best * grid.step


def expected_since(monitor: Monitor, begin: int) -> float:
    """The sum that was usual from slot `begin` to the end, hour by hour."""
    grid, total = monitor.grid, 0.0
    end = len(grid)
    length = grid.slots(HOUR_SECONDS)
    while end > begin:
        part = min(length, end - begin)
        usual = monitor.seasons.best.usual(grid, end, part, monitor.scales[0].move)
        total += (usual or 0.0) * monitor.level.growth * part
        end -= part
    return total
