"""A series on an even grid, from which the mean of any window is one subtraction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

HOUR_SECONDS = 3600
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Grid:
    """Slots of `step` seconds since `start` (seconds since 1970, UTC); missing ones count nowhere.

    `sums[i]` and `counts[i]` are the sum and the number of the slots present before slot `i`.
    `unit` is what one of the things that were counted adds, 0 where nothing was: requests add 1.
    """

    start: int
    step: int
    sums: Sequence[float]
    counts: Sequence[int]
    unit: float
    is_signed: bool

    @classmethod
    def of(
        cls, start: int, step: int, values: Iterable[float | None], unit: float | None = None
    ) -> Self:
        """Whole numbers count as counts of something where the unit is not given."""
        slots = list(values)
        present = [value for value in slots if value is not None]
        return cls(
            start,
            step,
            list(accumulate((value or 0.0 for value in slots), initial=0.0)),
            list(accumulate((value is not None for value in slots), initial=0)),
            float(all(value == int(value) for value in present)) if unit is None else unit,
            is_signed=any(value < 0 for value in present),
        )

    def __len__(self) -> int:
        return len(self.sums) - 1

    def mean(self, end: int, length: int) -> float | None:
        """The mean a slot of the `length` slots before `end`; None where over half are missing."""
        begin = end - length
        if begin < 0 or end >= len(self.sums):
            return None
        count = self.counts[end] - self.counts[begin]
        if count * 2 < length:
            return None
        return (self.sums[end] - self.sums[begin]) / count

    def slots(self, seconds: float) -> int:
        """How many slots come nearest to so many seconds: at least one."""
        return max(1, round(seconds / self.step))
