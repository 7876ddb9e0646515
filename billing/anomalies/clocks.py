"""Summer time: people's days move by an hour against UTC, and the weeks before foretell too late.

Nobody says which clocks a series lives by. So for the days around the changes of Europe and North
America an hour early or late is as usual, and by those days it is told whether the series moved.
"""

from datetime import UTC, datetime, timedelta

from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS, Grid
from billing.anomalies.seasons import Move, Season

DAYS_OF_CHANGE = 3  # from a Sunday on
CLEARLY_BETTER = 0.75


def may_have_changed(at: float) -> bool:
    """Whether a Sunday of change was today or in the two days before."""
    today = datetime.fromtimestamp(at, UTC)
    return any(_is_change(today - timedelta(days=back)) for back in range(DAYS_OF_CHANGE))


def find_move(grid: Grid, now: int, season: Season) -> Move | None:
    """How far the day before slot `now` lies from those before, if that is clearly an hour."""
    hour, day = grid.slots(HOUR_SECONDS), grid.slots(DAY_SECONDS)
    if hour * grid.step != HOUR_SECONDS or season.seconds is None or now <= day:
        return None
    moves = [Move(now - day, by) for by in (hour, -hour)]
    stays = _error(grid, now, season, None)
    error, move = min(((_error(grid, now, season, each), each) for each in moves), key=_first)
    return move if error < CLEARLY_BETTER * stays else None


def _first(pair: tuple[float, Move]) -> float:
    return pair[0]


def _error(grid: Grid, now: int, season: Season, move: Move | None) -> float:
    hour = grid.slots(HOUR_SECONDS)
    total = 0.0
    for end in range(now, now - grid.slots(DAY_SECONDS), -hour):
        usual, observed = season.usual(grid, end, hour, move), grid.mean(end, hour)
        if usual is not None and observed is not None:
            total += abs(observed - usual)
    return total


def _is_change(day: datetime) -> bool:
    if day.weekday() != 6:  # Sunday
        return False
    match day.month:
        case 3:
            return 8 <= day.day <= 14 or day.day >= 25
        case 10:
            return day.day >= 25
        case 11:
            return day.day <= 7
        case _:
            return False
