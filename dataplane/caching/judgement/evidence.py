"""What is known of how often hits are wrong, and the threshold that follows from it.

Scores fall into bins. A threshold may be served when it is proven that of all that scores above
it no more than the target is wrong, and while no bin above it looks worse than that; the lowest
bin must have labels enough to show one wrong answer at that rate. Proven means two things. The
upper 95 % bound (Wilson) is below the target; with no wrong answer at all, that takes 52 labels for
5 %, 133 for 2 %, 268 for 1 %. And the labels are evidence enough for somebody who looks after each
one: a bound is made for one look, and a thousand looks will see chance pass.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, field

Z_95 = 1.6448536269514722
"""One-sided: the true rate is above the bound in one case of twenty."""
EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""The lower ends of the bins. Finer where the harmless paraphrases are."""
TARGET_DEFAULT = 0.05
MISTAKEN_SHARE = 0.05
"""How often, at most, a rate above the target is ever taken for proven."""

_LOG_MAX = 700.0
# What the wrong rate may be instead, as shares of the target, and how much is staked on each.
_STAKES = ((0.1, 0.5), (0.35, 0.3), (0.6, 0.2))


def wilson_upper(wrong: int, labels: int) -> float:
    """The upper 95 % bound of a share of which `wrong` of `labels` were seen; 1 without any."""
    if labels <= 0:
        return 1.0
    share, square = wrong / labels, Z_95 * Z_95
    centre = share + square / (2 * labels)
    margin = Z_95 * math.sqrt(share * (1 - share) / labels + square / (4 * labels * labels))
    return min(1.0, (centre + margin) / (1 + square / labels))


def wilson_lower(wrong: int, labels: int) -> float:
    """The lower 95 % bound of the same share; 0 without any."""
    return 1.0 - wilson_upper(labels - wrong, labels) if labels > 0 else 0.0


def stake(wrong: int, labels: int, target: float) -> float:
    """What one unit, bet on a rate below the target, has become.

    If the rate is not below it, the chance that this ever reaches `n` is at most `1 / n`, however
    often one looks (Ville).
    """
    right = labels - wrong
    return sum(staked * _grown(share, wrong, right, target) for share, staked in _STAKES)


def _grown(share: float, wrong: int, right: int, target: float) -> float:
    """How much likelier the labels are at that share of the target than at the target itself."""
    of_right = math.log((1 - share * target) / (1 - target))
    return math.exp(min(_LOG_MAX, wrong * math.log(share) + right * of_right))


@dataclass(slots=True)
class Bin:
    """The labels of the scores from `low` on, up to the next bin."""

    low: float
    labels: int = 0
    wrong: int = 0
    proven_for: float = 0.0
    """The target for which this threshold was proven; 0 while it is not."""


@dataclass(slots=True)
class Evidence:
    """The labels of one key: comparisons of a stored answer with a fresh one."""

    bins: list[Bin] = field(default_factory=lambda: [Bin(low) for low in EDGES])

    def add(self, score: float, *, is_wrong: bool) -> None:
        """A score of 0 is a block, and teaches nothing."""
        if 0.0 < score <= 1.0:
            here = self.bins[self.place(score)]
            here.labels += 1
            here.wrong += is_wrong

    @staticmethod
    def place(score: float) -> int:
        """The number of a score's bin."""
        return bisect_right(EDGES, score) - 1

    def threshold(self, target: float) -> float | None:
        """The lowest score that may be served; None while not even the highest is proven."""
        found: float | None = None
        labels = wrong = 0
        enough = len(EDGES) / MISTAKEN_SHARE
        for each in reversed(self.bins):
            if wilson_lower(each.wrong, each.labels) > target:
                break
            labels, wrong = labels + each.labels, wrong + each.wrong
            if wilson_upper(wrong, labels) > target or each.labels * target < 1.0:
                each.proven_for = 0.0
                continue
            if each.proven_for != target and stake(wrong, labels, target) >= enough:
                each.proven_for = target
            if each.proven_for == target:
                found = each.low
        return found
