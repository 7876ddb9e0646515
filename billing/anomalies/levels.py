"""The level of a series: how high it runs, whether it keeps there, how fast it grows."""

from collections import deque
from collections.abc import Collection

from billing.anomalies.floors import Floors
from billing.anomalies.grid import DAY_SECONDS, Grid
from billing.anomalies.seasons import WEEK, Season, median

LEVEL_HOURS_MIN = 16
LEVEL_LOW, LEVEL_HIGH = 0.5, 2.0
DAYS_MIN, DAYS_MAX = 4, 7
LEVEL_LIKE = Floors(ratio=1.25, drops=True, level_like=True)


class Level:
    """`mean` is a slot; `growth` is what the last week ran at, as a multiple of its usual."""

    def __init__(self, grid: Grid, floors: Floors) -> None:
        self.grid = grid
        self.given = self.floors = floors
        self.mean, self.growth = 0.0, 1.0
        self.days: deque[float] = deque(maxlen=DAYS_MAX)

    def learn_block(self, hours: Collection[float], season: Season) -> None:
        """From the hourly means of the last weeks."""
        if hours:
            self.mean = max(median(list(hours)), sum(hours) / len(hours))
        if self.given.level_like:
            self.floors = LEVEL_LIKE if self._keeps_near(hours) else self.given
        if season is not WEEK:
            self.growth = 1.0

    def learn_day(self, now: int, season: Season) -> None:
        """Medians over weeks lag behind what grows; that of the last days' ratios does not."""
        day = self.grid.slots(DAY_SECONDS)
        observed = self.grid.mean(now, day)
        usual = WEEK.usual(self.grid, now, day)
        if observed is not None and usual:
            self.days.append(observed / usual)
        if season is WEEK and not self.grid.is_signed and len(self.days) >= DAYS_MIN:
            self.growth = median(list(self.days)) or 1.0

    def _keeps_near(self, hours: Collection[float]) -> bool:
        """Whether it is a level rather than traffic: then less is a surprise, and so is a fall."""
        if len(hours) < LEVEL_HOURS_MIN or self.grid.is_signed:
            return False
        ordered = sorted(hours)
        low, high = ordered[len(ordered) // 50], ordered[-1 - len(ordered) // 50]
        middle = ordered[len(ordered) // 2]
        return low > LEVEL_LOW * middle and high < LEVEL_HIGH * middle
