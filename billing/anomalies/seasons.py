"""What is usual at an instant: the median of the same window in earlier weeks, days or hours."""

from dataclasses import dataclass
from typing import NamedTuple

from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS, Grid

SLOTS_A_SEASON_MIN = 4  # a day of three slots has no hours to know


class Move(NamedTuple):
    """From slot `at` on, the day of a series lies so many slots earlier than before."""

    at: int
    by: int


@dataclass(frozen=True, slots=True)
class Season:
    """How far back to look, how often, and how many looks it takes. `seconds` None: no season."""

    name: str
    seconds: int | None
    looks: int
    looks_min: int

    def usual(self, grid: Grid, end: int, length: int, move: Move | None = None) -> float | None:
        """The median mean of such a window; None while there is too little to look back on."""
        at, by = move or (-1, 0)
        if self.seconds is None:
            lag = max(length, grid.slots(HOUR_SECONDS))
        else:
            lag = grid.slots(self.seconds)
        begin, last = end - length, len(grid)
        sums, counts, seen = grid.sums, grid.counts, []
        for look in range(1, self.looks + 1):
            first = begin - look * lag
            if first < at:
                first += by
            if first < 0:
                break
            after = first + length
            # A window of the past may end beyond the last slot only where it is not yet over.
            count = counts[after] - counts[first] if after <= last else 0
            if count * 2 >= length:
                seen.append((sums[after] - sums[first]) / count)
        return median(seen) if len(seen) >= self.looks_min else None

    def fits(self, grid: Grid) -> bool:
        return self.seconds is None or self.seconds >= SLOTS_A_SEASON_MIN * grid.step


WEEK = Season("week", 7 * DAY_SECONDS, looks=5, looks_min=2)
DAY = Season("day", DAY_SECONDS, looks=7, looks_min=3)
NONE = Season("none", None, looks=24, looks_min=8)
SEASONS = (WEEK, DAY, NONE)


class SeasonChoice:
    """Which season foretells a series best, by the errors that each would have made of late."""

    MEMORY = 1 / 168  # an error's weight in the mean, an hour each: a week is remembered
    TRIALS_MIN = 24
    HANDICAP = 1.05  # the longer season is the better guess unless a shorter is clearly better

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.hour = grid.slots(HOUR_SECONDS)
        self.candidates = [season for season in SEASONS if season.fits(grid)]
        self.errors = [0.0] * len(self.candidates)
        self.trials = [0] * len(self.candidates)
        self.best = NONE

    def learn(self, end: int) -> None:
        """Takes the hour that ended at `end` into account."""
        observed = self.grid.mean(end, self.hour)
        if observed is None:
            return
        for number, season in enumerate(self.candidates):
            guess = season.usual(self.grid, end, self.hour)
            if guess is None:
                continue
            self.trials[number] += 1
            weight = max(self.MEMORY, 1 / self.trials[number])
            self.errors[number] += weight * (abs(observed - guess) - self.errors[number])

    def choose(self) -> Season:
        """Weeks before days before none, unless a later one is clearly better."""
        known = [
            (error, season)
            for error, season, trials in zip(self.errors, self.candidates, self.trials, strict=True)
            if trials >= min(self.TRIALS_MIN, 2 + season.looks)
        ]
        if known:
            least = min(error for error, _ in known)
            self.best = next(season for error, season in known if error <= least * self.HANDICAP)
        return self.best


def median(values: list[float]) -> float:
    """Of at least one value."""
    values.sort()
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return (values[middle - 1] + values[middle]) / 2
