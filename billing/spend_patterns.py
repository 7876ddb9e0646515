"""The pattern in a series of daily spends: a level that moves, and how weekdays differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from statistics import median

WEEK = 7
HISTORY_DAYS = 56
HALF_LIFE_DAYS = 10.0  # shorter follows new levels better, longer is calmer
NEIGHBOURS = 2  # on each side, of the median that tells a spike from a new level
SPIKE = 4.0  # deviations
FACTOR_MIN = 0.02  # on such weekdays nothing is spent, and they say nothing about the level
TREND_DAMPING = 0.98  # of a trend's step from day to day: no growth goes on for ever
NOISE_MIN = 0.02
DRIFT_MIN = 0.006  # of the level in a day
DRIFT_CAUTION = 1.2
LEVEL_DOUBT = 2.5  # of a line's end: more than of a mean


@dataclass(frozen=True)
class Line:
    """`level` at the last day, `slope` a day; `noise` of a day and `bend` of the slope, relative.

    `observed` says how many days the weighted ones are worth.
    """

    level: float
    slope: float
    noise: float
    bend: float
    observed: float


@dataclass(frozen=True)
class Pattern:
    """What a day is expected to cost, and how far days stray.

    Relative to the level: `wander` of the level itself in a day; `excess`, what days far out add to
    an average one; `jolt`, how far they make a single one stray.
    """

    last: date
    line: Line
    factors: tuple[float, ...]
    wander: float
    excess: float
    jolt: float

    @property
    def caution(self) -> float:
        """Few observations say little about how far things stray (Student's, roughly)."""
        return 1 + 0.65 / max(2.0, self.line.observed - WEEK)

    def expected(self, day: date) -> float:
        ahead = (day - self.last).days
        damped = (1 - TREND_DAMPING**ahead) / (1 - TREND_DAMPING) * TREND_DAMPING
        level = max(0.0, self.line.level + self.line.slope * damped) * (1 + self.excess)
        return level * self.factors[day.weekday()]

    @property
    def daily(self) -> float:
        """How far a day strays on its own."""
        return sqrt(self.line.noise**2 + self.jolt**2)

    def drift(self, ahead: int) -> float:
        """How far the level may be off so many days ahead."""
        now = LEVEL_DOUBT * self.line.noise**2 / self.line.observed
        return sqrt(now + self.wander**2 * ahead + (self.line.bend * ahead) ** 2)


def fit(days: Sequence[tuple[date, Decimal]]) -> Pattern:
    """Of at least two weeks of days in their order, the last one yesterday."""
    days = days[-HISTORY_DAYS:]
    spent = [float(usd) for _, usd in days]
    weekdays = [day.weekday() for day, _ in days]
    factors = _factors(spent, weekdays)
    told = [
        (at - len(days) + 1, usd / factors[weekday])
        for at, (usd, weekday) in enumerate(zip(spent, weekdays, strict=True))
        if factors[weekday] > FACTOR_MIN
    ]
    usual = [usd for _, usd in told]
    calm = _without_spikes(usual)
    line = _line([age for age, _ in told], calm)
    excess, jolt = _beyond(usual, calm)
    return Pattern(days[-1][0], line, factors, _wander(calm, line.noise), excess, jolt)


def _factors(spent: Sequence[float], weekdays: Sequence[int]) -> tuple[float, ...]:
    """By weekday: its median part of the week around it; 1 on average."""
    parts: dict[int, list[float]] = {weekday: [] for weekday in range(WEEK)}
    for at, (usd, weekday) in enumerate(zip(spent, weekdays, strict=True)):
        start = min(max(at - WEEK // 2, 0), len(spent) - WEEK)
        if week := sum(spent[start : start + WEEK]):
            parts[weekday].append(usd * WEEK / week)
    found = [median(each) if each else 1.0 for each in parts.values()]
    mean = sum(found) / WEEK
    return tuple(each / mean for each in found) if mean else (1.0,) * WEEK


def _without_spikes(usd: Sequence[float]) -> list[float]:
    """Days far from those around them, brought back; a level that stays is left as it is."""
    around = [_median_around(usd, at) for at in range(len(usd))]
    spread = 1.4826 * median(abs(each - near) for each, near in zip(usd, around, strict=True))
    spread = max(spread, NOISE_MIN * median(around))
    return [
        min(max(each, near - SPIKE * spread), near + SPIKE * spread)
        for each, near in zip(usd, around, strict=True)
    ]


def _median_around(usd: Sequence[float], at: int) -> float:
    """Of five days: at the end of the series, of the last five."""
    start = max(0, min(at - NEIGHBOURS, len(usd) - 2 * NEIGHBOURS - 1))
    return median(usd[start : max(at, start + NEIGHBOURS) + NEIGHBOURS + 1])


def _line(ages: Sequence[int], usd: Sequence[float]) -> Line:
    """Through the days, recent ones weighing more; a slope only as far as it is credible."""
    weights = [0.5 ** (-age / HALF_LIFE_DAYS) for age in ages]
    total = sum(weights)
    observed = total**2 / sum(weight**2 for weight in weights)
    centre = _weighted(weights, ages) / total
    mean = _weighted(weights, usd) / total
    width = _weighted(weights, [(age - centre) ** 2 for age in ages])
    tilts = [(age - centre) * (each - mean) for age, each in zip(ages, usd, strict=True)]
    slope = _weighted(weights, tilts) / width
    left = [each - mean - slope * (age - centre) for age, each in zip(ages, usd, strict=True)]
    squares = _weighted(weights, [each**2 for each in left]) / total
    variance = squares * observed / max(1.0, observed - 2)
    doubt = variance * total / observed / width
    slope *= slope**2 / (slope**2 + 2 * doubt) if slope else 0.0
    level = max(0.0, mean - slope * centre)
    if not level:
        return Line(0.0, slope, 0.0, 0.0, observed)
    return Line(
        level, slope, max(NOISE_MIN, sqrt(variance) / level), sqrt(doubt) / level / 2, observed
    )


def _weighted(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * each for weight, each in zip(weights, values, strict=True))


def _wander(usd: Sequence[float], noise: float) -> float:
    """How far the level itself moves in a day: what weeks differ by beyond their days' noise."""
    weeks = [sum(usd[at : at + WEEK]) / WEEK for at in range(len(usd) % WEEK, len(usd), WEEK)]
    steps = [(later - earlier) / earlier for earlier, later in pairwise(weeks) if earlier]
    if not steps:
        return DRIFT_MIN
    excess = sum(step**2 for step in steps) / len(steps) - 2 * noise**2 / WEEK
    return max(DRIFT_MIN, sqrt(max(0.0, excess) / WEEK) * DRIFT_CAUTION)


def _beyond(usd: Sequence[float], calm: Sequence[float]) -> tuple[float, float]:
    """What days far out add to a day on average, and how far they make it stray.

    One alone is an accident, and expected no more; it still makes the range wider.
    """
    usual = sum(calm) / len(calm)
    if not usual or usd == calm:
        return 0.0, 0.0
    jumps = [(each - near) / usual for each, near in zip(usd, calm, strict=True) if each != near]
    recurring = 1 - 1 / len(jumps)
    return sum(jumps) / len(usd) * recurring, sqrt(sum(jump**2 for jump in jumps) / len(usd))
