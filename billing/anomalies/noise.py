"""How far a series strays from its usual by itself: its spread at each level, and its tail."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import NormalDist

from billing.anomalies.seasons import median

DEVIATION_OF_MAD = 1.4826  # of a normal distribution, as is the next
DEVIATION_OF_NINE_TENTHS = 1 / 1.645
BIN_SIZE_MIN = 48
BINS_MAX = 6
OUTWARD_MIN = 8
RELATIVE_SPREAD_MIN = 0.03
HIGH_SHARE = 0.85
RETURN_BLOCKS = 1_000  # by Gumbel's law, which gives noise without a tail one all the same
# Several scales and measures of a key are looked at: each may be wrong once in so many days.
RETURN_DAYS = 10_000


def _gumbel(share: float) -> float:
    """The quantile of Gumbel's standard distribution."""
    return -log(-log(share))


# How many times farther than from the median to the high quantile the rare one is.
RARITY = (_gumbel(1 - 1 / RETURN_BLOCKS) - _gumbel(0.5)) / (_gumbel(HIGH_SHARE) - _gumbel(0.5))


@dataclass(frozen=True, slots=True)
class Spread:
    """The standard deviation above the usual (or below it), as a function of the usual."""

    levels: Sequence[float]
    deviations: Sequence[float]

    @classmethod
    def of(cls, strays: Iterable[tuple[float, float]], side: int = 1) -> "Spread | None":
        """From pairs of the usual and how far it was missed; None of too few.

        Noise differs with the level, by what law is not for us to say: so it is measured in bins.
        The sides are apart, since a holiday says nothing of how far a day may go up.
        """
        ordered = sorted(strays)
        if len(ordered) < BIN_SIZE_MIN // 4:
            return None
        bins = max(1, min(BINS_MAX, len(ordered) // BIN_SIZE_MIN))
        edges = [len(ordered) * number // bins for number in range(bins + 1)]
        parts = [ordered[start:end] for start, end in pairwise(edges)]
        return cls(
            [part[len(part) // 2][0] for part in parts],
            [_deviation([stray * side for _, stray in part]) for part in parts],
        )

    def at(self, level: float) -> float:
        """Interpolated between bins."""
        levels, deviations = self.levels, self.deviations
        place = bisect_left(levels, level)
        if place == 0:
            return deviations[0]
        if place == len(levels):
            return deviations[-1]
        below, above = levels[place - 1], levels[place]
        share = (level - below) / (above - below) if above > below else 1.0
        return deviations[place - 1] * (1 - share) + deviations[place] * share


def _deviation(strays: list[float]) -> float:
    """By the median, or by the nine tenths where a series mostly keeps still and then jumps."""
    outward = [stray for stray in strays if stray >= 0]
    if len(outward) < OUTWARD_MIN:
        outward = [abs(stray) for stray in strays]
    middle = median(outward)
    nine_tenths = outward[len(outward) * 9 // 10]
    return max(middle * DEVIATION_OF_MAD, nine_tenths * DEVIATION_OF_NINE_TENTHS)


class Tail:
    """How many deviations a series passes once in very long, by the greatest of each block.

    Greatest values follow Gumbel's law; on a logarithmic scale where tails are heavy. Something
    between the two is taken. The law is fitted by two quantiles, so a past anomaly or two change
    nothing. What happened on several blocks is no anomaly however rare: the third greatest binds.
    """

    BLOCKS = 28
    BLOCKS_MIN = 5
    PEAK_MIN = 1.5  # below this is no tail
    THRESHOLD_MIN = 3.5
    THRESHOLD_MAX = 40.0
    THRESHOLD_UNKNOWN = 10.0
    THIRD_MARGIN = 1.1
    # From the middle of peaks to their high quantile without a tail, worth so many blocks.
    PRIOR_BLOCKS, GAP_OF_COUNTS, GAP_OF_AMOUNTS = 14, 0.45, 0.6

    def __init__(self, windows_a_day: float, *, is_counted: bool) -> None:
        self.peaks: deque[float] = deque(maxlen=self.BLOCKS)
        chance = 1 / (RETURN_DAYS * max(1.0, windows_a_day))
        self.prior = self.GAP_OF_COUNTS if is_counted else self.GAP_OF_AMOUNTS
        self.by_chance = NormalDist().inv_cdf(1 - chance)  # what noise alone comes to at most

    def threshold(self) -> float:
        if len(self.peaks) < self.BLOCKS_MIN:
            return max([self.THRESHOLD_UNKNOWN, *self.peaks])
        peaks = sorted(max(peak, self.PEAK_MIN) for peak in self.peaks)
        middle, high = peaks[len(peaks) // 2], peaks[int(len(peaks) * HIGH_SHARE)]
        known = len(peaks) * (high - middle) + self.PRIOR_BLOCKS * self.prior
        gap = known / (len(peaks) + self.PRIOR_BLOCKS)
        third = peaks[-3] * self.THIRD_MARGIN
        rare = min(middle + gap * RARITY, self.THRESHOLD_MAX)
        return max(self.THRESHOLD_MIN, rare, third)
