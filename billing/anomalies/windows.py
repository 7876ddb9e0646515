"""Which windows of a series are looked at, and which of the past count as the same time."""

from billing.anomalies.clocks import may_have_changed
from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS, Grid
from billing.anomalies.seasons import NONE, Season

SCALES_SECONDS = (300, 900, 1_800, 7_200, DAY_SECONDS, 7 * DAY_SECONDS)
SCALES_MAX = 5
QUARTERS_ASIDE = 6


def lengths(grid: Grid) -> list[int]:
    """In slots: 5, 15 and 30 minutes, 2 hours, a day; coarser for coarser slots."""
    distinct = {grid.slots(seconds) for seconds in SCALES_SECONDS if seconds >= grid.step}
    distinct |= {1} if grid.step > SCALES_SECONDS[0] else set()
    return sorted(distinct)[:SCALES_MAX]


def shifts(grid: Grid, length: int, season: Season, now: int) -> tuple[int, ...]:
    """Where, from slot `now` on, the hours end that windows of the hour that begins are held to.

    The one in the middle is the hour itself. Half an hour to either side is as usual, where clocks
    may have changed an hour and more.
    """
    hour = grid.slots(HOUR_SECONDS)
    if season is NONE:
        return (0,)
    if length >= grid.slots(DAY_SECONDS):
        return (0, hour) if length > hour else (0,)
    half = max(1, hour // 2)
    changed = may_have_changed(grid.start + now * grid.step)
    if length > hour:
        aside = 2 * hour if changed else hour
        return (half - aside, half, half + aside)
    if changed:
        quarter, reach = max(1, hour // 4), min(QUARTERS_ASIDE, 2 * hour)
        return tuple(hour + quarter * each for each in range(-reach, reach + 1))
    return (hour - half, hour, hour + half)
