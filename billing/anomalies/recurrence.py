"""What came before at such a time: monthly jobs, and in a young series daily and weekly ones."""

from datetime import UTC, datetime, timedelta

from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS, Grid
from billing.anomalies.seasons import median

MONTHS = 3
WEEKS_AGO = (7, 14)  # in days
DAYS_AGO = (1, 2, 3, 4, 5, 6)
DAYS_AROUND = 1
BURST_RATIO = 1.6
DAYS_BESIDE = (-2, -1, 1, 2, 7)  # before (after, where negative) a burst, to tell it by
LIKE = 0.6  # of today's excess
STEPS_A_DAY = 12


def recurs_monthly(grid: Grid, now: int, length: int, mean: float, usual: float) -> bool:
    """Whether a window like this came at the same day, counted from either end of the month."""
    today = datetime.fromtimestamp(grid.start + (now - 1) * grid.step, UTC)
    enough = usual + LIKE * (mean - usual)
    for month in range(1, MONTHS + 1):
        for day in _same_days(today, month):
            slot = now - round((today - day).total_seconds() / grid.step)
            if slot > 0 and _held(grid, now, slot, length, enough):
                return True
    return False


def recurs_daily(
    grid: Grid, now: int, length: int, mean: float, usual: float, days_ago: tuple[int, ...]
) -> bool:
    """Whether a window like this came at about this hour of one of those days before."""
    enough = usual + LIKE * (mean - usual)
    hour = grid.slots(HOUR_SECONDS)
    for days in days_ago:
        slot = now - grid.slots(days * DAY_SECONDS)
        for end in range(slot - hour, slot + hour + 1):
            if _was_burst(grid, now, end, length, enough):
                return True
    return False


def _was_burst(grid: Grid, now: int, end: int, length: int, enough: float) -> bool:
    """Whether that window was as high, and beyond the days beside it: no slope of each day."""
    seen = grid.mean(end, length)
    if seen is None or seen < enough:
        return False
    ends = (end - round(days * DAY_SECONDS / grid.step) for days in DAYS_BESIDE)
    known = (grid.mean(each, length) for each in ends if each < now - length)
    beside = [mean for mean in known if mean is not None]
    return not beside or seen >= BURST_RATIO * median(beside)


def _same_days(today: datetime, months_ago: int) -> list[datetime]:
    """That many months ago: the same day from the month's beginning, and from its end."""
    first = today.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    past_after = first
    for _ in range(months_ago - 1):
        past_after = (past_after - timedelta(days=1)).replace(day=1)
    past_first = (past_after - timedelta(days=1)).replace(day=1)
    return [past_first + (today - first), past_after - (after - today)]


def _held(grid: Grid, now: int, slot: int, length: int, enough: float) -> bool:
    day = grid.slots(DAY_SECONDS)
    stride = max(1, min(length, day // STEPS_A_DAY))
    around = range(slot - DAYS_AROUND * day, slot + DAYS_AROUND * day + 1, stride)
    return any(_was_burst(grid, now, end, length, enough) for end in around)
