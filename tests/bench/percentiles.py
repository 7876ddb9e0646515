"""Percentiles by nearest rank: always a value that was measured, never one in between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ASKED = (50, 95, 99)


@dataclass(frozen=True)
class Spread:
    """How a set of measured values is distributed; None where too few were measured to tell."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None
    most: float | None

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        ordered = sorted(values)
        p50, p95, p99 = (_if_enough(ordered, percent) for percent in ASKED)
        return cls(len(ordered), p50, p95, p99, ordered[-1] if ordered else None)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of all are not above. `ordered` is not empty."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, rank - 1)]


def _if_enough(ordered: Sequence[float], percent: int) -> float | None:
    """A percentile needs a value beyond it: the p99 of twenty values is only their maximum."""
    if len(ordered) * (100 - percent) < 100:
        return None
    return percentile(ordered, percent)
