"""One time scale of a series: what the window that ends now may hold before it is unusual."""

from collections import deque
from math import asinh, sinh, sqrt

from billing.anomalies.floors import Floors
from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS, Grid
from billing.anomalies.noise import RELATIVE_SPREAD_MIN, Spread, Tail
from billing.anomalies.seasons import NONE, Move, Season
from billing.anomalies.windows import shifts

HOURS_REMEMBERED = 672
SILENT_SHARE = 0.05
BAND_DEVIATIONS = 3.0
SILENCE_DEVIATIONS = 9.0  # on the eased scale
SILENCE_SECONDS_MIN = HOUR_SECONDS
LASTING_NOISE = 0.15  # by which most traffic strays beside what counts do
BEND_SHARE = 0.02  # of the mean level
EASED_MAX = 300.0
BENT_LESS = 0.8  # from where on the scale is bent anew
HOUR_END_MARGIN = 1.15  # the greatest of an hour is above what its end shows
SHORT_FACTOR = 1.5  # of minutes more is asked than of hours
NEVER = float("inf")


class Scale:
    """What is known of the windows of one length. Means are a slot; `length` is in slots."""

    def __init__(self, grid: Grid, length: int) -> None:
        self.grid = grid
        self.length = length
        self.hour = grid.slots(HOUR_SECONDS)
        self.strays: deque[tuple[float, float]] = deque(maxlen=HOURS_REMEMBERED)
        windows_a_day, is_counted = DAY_SECONDS / (length * grid.step), grid.unit > 0
        self.eased: deque[tuple[float, float]] = deque(maxlen=HOURS_REMEMBERED)  # of the same
        self.above = Tail(windows_a_day, is_counted=is_counted)
        self.below = Tail(windows_a_day, is_counted=is_counted)
        self.spreads: tuple[Spread, Spread] | None = None  # above and below
        self.thresholds = (Tail.THRESHOLD_UNKNOWN, Tail.THRESHOLD_UNKNOWN)
        self.usual: float | None = None
        self.usual_at_end: float | None = None  # of the last window of the hour
        self.high = self.low = self.deviation = self.fall = 0.0
        self.upper, self.lower, self.silent = NEVER, -NEVER, -NEVER
        self.greatest, self.least = -NEVER, NEVER  # of the means of this hour
        self.peaks = [0.0, 0.0]  # of this block, in deviations: above and below
        self.move: Move | None = None
        self.bend = 1.0  # of the eased scale: roots below, logarithms above

    def open_hour(
        self, now: int, season: Season, growth: float, level: float, floors: Floors
    ) -> None:
        """Sets the limits for the windows that end in the hour that begins at slot `now`."""
        guesses = [
            guess
            for shift in shifts(self.grid, self.length, season, now)
            if (guess := self._guess(now + shift, season)) is not None
        ]
        self.greatest, self.least = -NEVER, NEVER
        self.upper, self.lower, self.silent = NEVER, -NEVER, -NEVER
        self.usual = guesses[len(guesses) // 2] * growth if guesses else None
        self.usual_at_end = self._usual_at_end(now, season, guesses, growth)
        if not guesses or self.spreads is None:
            return
        self.high = max(guesses) * max(1.0, growth)
        self.low = min(guesses) * min(1.0, growth)
        self.deviation = self._deviation(self.high, self.spreads[0])
        self.fall = self._deviation(self.low, self.spreads[1])
        self._limit(now, season, level, floors)

    @property
    def expected(self) -> float:
        return self.usual or 0.0

    def band(self, usual: float) -> tuple[float, float]:
        """Between what a window of that usual stays nearly always."""
        if self.spreads is None:
            return usual, usual
        above, below = (self._deviation(usual, spread) for spread in self.spreads)
        high = self._uneased(self._eased(usual) + BAND_DEVIATIONS * above)
        return self._uneased(self._eased(usual) - BAND_DEVIATIONS * below), high

    def extremes(self, ends: range) -> tuple[float, float] | None:
        """The least and the greatest mean of the windows that end there; None where slots miss."""
        if not ends or ends[0] < self.length:
            return None
        first, last = ends[0] - self.length, ends[-1]
        counts, sums = self.grid.counts, self.grid.sums
        if counts[last] - counts[first] != last - first:
            return None
        after = sums[ends[0] : last + 1 : ends.step]
        before = sums[first : last + 1 - self.length : ends.step]
        totals = [later - earlier for later, earlier in zip(after, before, strict=True)]
        return min(totals) / self.length, max(totals) / self.length

    def see(self, mean: float) -> None:
        """Notes how far this hour goes, for the tails."""
        self.greatest = max(self.greatest, mean)
        self.least = min(self.least, mean)

    def is_unusual(self, mean: float) -> bool:
        return mean > self.upper or mean < self.lower or mean <= self.silent

    def close_hour(self, end: int, *, is_calm: bool) -> None:
        """Learns from the hour that ended at slot `end`."""
        usual = self.usual_at_end
        if usual is not None and (mean := self.grid.mean(end, self.length)) is not None:
            self.strays.append((usual, mean))
            self.eased.append(self._stray(usual, mean))
        if self.deviation > 0 and is_calm and self.greatest > -NEVER:
            above = (self._eased(self.greatest) - self._eased(self.high)) / self.deviation
            below = (self._eased(self.low) - self._eased(self.least)) / self.fall
            self.peaks = [max(self.peaks[0], above), max(self.peaks[1], below)]

    def close_block(self, *, counts: bool) -> None:
        """Ends a block of the tail; one within an anomaly that was counted already is left out."""
        if counts and self.deviation > 0:
            self.above.peaks.append(self.peaks[0])
            self.below.peaks.append(self.peaks[1])
        self.peaks = [0.0, 0.0]
        self.spreads = self._spreads()
        self.thresholds = (self.above.threshold(), self.below.threshold())

    def relearn(self, now: int, season: Season, block: int) -> None:
        """Judges the past hours by another season: what the former did not know was no noise."""
        self.strays.clear()
        self.eased.clear()
        first = max(now - HOURS_REMEMBERED * self.hour, self.length)
        hours = [
            (end, mean, usual)
            for end in range(first, now + 1, self.hour)
            if (mean := self.grid.mean(end, self.length)) is not None
            and (usual := self._guess(end, season)) is not None
        ]
        self.strays.extend((usual, mean) for _, mean, usual in hours)
        self.spreads = self._spreads()
        if self.spreads is None:
            return
        blocks: dict[int, list[float]] = {}
        for end, mean, usual in hours:
            side = self.spreads[0 if mean >= usual else 1]
            stray = (self._eased(mean) - self._eased(usual)) / self._deviation(usual, side)
            blocks.setdefault((now - end) // block, []).append(stray)
        newest_last = [blocks[number] for number in sorted(blocks, reverse=True)]
        self.above.peaks.extend(HOUR_END_MARGIN * max(strays) for strays in newest_last)
        self.below.peaks.extend(HOUR_END_MARGIN * -min(strays) for strays in newest_last)
        self.thresholds = (self.above.threshold(), self.below.threshold())

    def _guess(self, end: int, season: Season) -> float | None:
        return season.usual(self.grid, end, max(self.length, self.hour), self.move)

    def _spreads(self) -> tuple[Spread, Spread] | None:
        level = sum(usual for usual, _ in self.strays) / len(self.strays) if self.strays else 0.0
        counted = self.grid.unit / (self.length * LASTING_NOISE**2)
        bend = max(counted, BEND_SHARE * level, 1e-12)
        if len(self.eased) != len(self.strays) or not BENT_LESS < bend / self.bend < 1 / BENT_LESS:
            self.bend = bend
            self.eased.clear()
            self.eased.extend(self._stray(usual, mean) for usual, mean in self.strays)
        eased = self.eased
        above, below = Spread.of(eased), Spread.of(eased, -1)
        return (above, below) if above is not None and below is not None else None

    def _usual_at_end(
        self, now: int, season: Season, guesses: list[float], growth: float
    ) -> float | None:
        """Of a short window, that of the hour around the end of this one."""
        if not guesses or season is NONE or self.length == self.hour:
            return self.usual
        ahead = self.hour + self.hour // 2 if self.length < self.hour else self.hour
        guess = self._guess(now + ahead, season)
        return None if guess is None else guess * growth

    def _stray(self, usual: float, mean: float) -> tuple[float, float]:
        return usual, self._eased(mean) - self._eased(usual)

    def _eased(self, mean: float) -> float:
        """Where noise is alike at all levels: counts by their roots, and logarithms of more.

        What can be negative stays as it is.
        """
        return mean if self.grid.is_signed else asinh(sqrt(max(mean, 0.0) / self.bend))

    def _uneased(self, eased: float) -> float:
        return (
            eased if self.grid.is_signed else self.bend * sinh(min(max(eased, 0.0), EASED_MAX)) ** 2
        )

    def _slope(self, mean: float) -> float:
        """How far a mean goes for one step on the eased scale."""
        return (
            1.0 if self.grid.is_signed else 2 * sqrt(max(mean, 0.0) * (max(mean, 0.0) + self.bend))
        )

    def _deviation(self, usual: float, spread: Spread) -> float:
        """On the eased scale. Counts stray by their root at least."""
        if self.grid.is_signed:
            return max(spread.at(usual), RELATIVE_SPREAD_MIN * abs(usual), 1e-12)
        root = 2 * sqrt(max(usual, 0.0) + self.bend)
        counted = sqrt(self.grid.unit / self.length) / root
        least = RELATIVE_SPREAD_MIN * sqrt(max(usual, 0.0)) / root
        return max(spread.at(usual), counted, least, 1e-6)

    def _widen_below(self, now: int, season: Season) -> None:
        """A fall is told an hour early or late at most: beside a job little is as usual."""
        if season is not NONE and self.length <= self.hour:
            sides = (self._guess(end, season) for end in (now, now + 2 * self.hour))
            self.low = min([self.low, *(guess for guess in sides if guess is not None)])

    def _limit(self, now: int, season: Season, level: float, floors: Floors) -> None:
        least_excess = max(floors.excess / self.length, floors.share * abs(level))
        habit = self._eased(self.high) + self.thresholds[0] * self.deviation
        chance = self._eased(self.expected) + self.above.by_chance * self.deviation
        above = max(self._uneased(max(habit, chance)), self.high + least_excess)
        is_short = self.length < self.hour and not floors.level_like
        share = (floors.ratio - 1) * (SHORT_FACTOR if is_short else 1.0)
        relative = self.high + share * abs(self.high)
        self.upper = max(above, relative)
        if floors.drops:
            self._widen_below(now, season)
            habit = self._eased(self.low) - self.thresholds[1] * self.fall
            chance = self._eased(self.expected) - self.below.by_chance * self.fall
            rare = self._uneased(min(habit, chance))
            evenly = self.low - self.thresholds[1] * self.fall * self._slope(self.low)
            below = min(rare, evenly, self.low - least_excess)
            self.lower = min(below, self.low - (1 - 1 / floors.ratio) * abs(self.low))
        self._limit_silence(floors)

    def _limit_silence(self, floors: Floors) -> None:
        """Nearly nothing is silence where the usual is far from nothing."""
        if self.length * self.grid.step < SILENCE_SECONDS_MIN or self.grid.is_signed:
            return
        strays = (self._eased(self.low) - self._eased(0.0)) / self.fall
        if strays > SILENCE_DEVIATIONS and self.low * self.length > floors.excess:
            self.silent = SILENT_SHARE * self.low
