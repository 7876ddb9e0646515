"""Rows at any times onto an even grid: how far apart they are, and what a gap means."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from billing.anomalies.grid import DAY_SECONDS, HOUR_SECONDS, Grid
from billing.anomalies.series_files import Row

STEPS_SECONDS = (60, 300, 900, 1800, HOUR_SECONDS, 6 * HOUR_SECONDS, DAY_SECONDS)
STEP_SECONDS_MIN = 60
REGULAR_SHARE = 0.3
SPARSE_SHARE = 0.2
SLOTS_MAX = 2_000_000


class Gaps(StrEnum):
    """What it means that there is no row: nothing happened, or nobody measured."""

    AUTO = "auto"
    ZERO = "zero"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Gridded:
    """A grid, and how the file wrote the times of its rows."""

    grid: Grid
    rows: Sequence[Row]

    def text_at(self, at: float) -> str:
        """The time of the last row at or before that instant, as written."""
        end = at + self.grid.step / 2
        place = bisect_right(self.rows, end, key=lambda row: row.at)
        return self.rows[max(0, place - 1)].text


def lay_out(rows: Sequence[Row], gaps: Gaps = Gaps.AUTO) -> Gridded:
    """Rows in order of time, none double.

    Raises `ValueError` where so short a step over so long a time would take too many slots.
    """
    step, is_regular = _step(rows)
    start = int(rows[0].at)
    gaps = Gaps.ZERO if gaps is Gaps.AUTO and not is_regular else gaps
    size = int((rows[-1].at - start) / step + 0.5) + 1
    if size > SLOTS_MAX:
        raise ValueError(f"over {SLOTS_MAX} steps of {step} seconds lie between its first and last")
    sums, counts = [0.0] * size, [0] * size
    for row in rows:
        # Rows of an even step are stamped a little early or late; others belong where they fall.
        slot = int((row.at - start) / step + (0.5 if is_regular else 0))
        sums[slot] += row.value
        counts[slot] += 1
    values: list[float | None] = [
        (total / count if is_regular else total) if count else None
        for total, count in zip(sums, counts, strict=True)
    ]
    if gaps is Gaps.ZERO or (gaps is Gaps.AUTO and _gaps_are_zero(values)):
        values = [value or 0.0 for value in values]
    return Gridded(Grid.of(start, step, values), rows)


def _step(rows: Sequence[Row]) -> tuple[int, bool]:
    """The commonest distance; of rows at odd times a step that holds some of them."""
    distances = Counter(round(after.at - before.at) for before, after in pairwise(rows))
    if not distances:
        return DAY_SECONDS, True
    step, times = distances.most_common(1)[0]
    if times >= REGULAR_SHARE * (len(rows) - 1) and step > 0:
        return max(step, STEP_SECONDS_MIN), True
    middle = sorted(distances.elements())[(len(rows) - 1) // 2]
    return next((each for each in STEPS_SECONDS[1:] if each >= 2 * middle), DAY_SECONDS), False


def _gaps_are_zero(values: Sequence[float | None]) -> bool:
    """A file that leaves out much and never says zero leaves out the zeros."""
    missing = sum(value is None for value in values)
    return missing > SPARSE_SHARE * len(values) and all(
        value is None or value > 0 for value in values
    )
