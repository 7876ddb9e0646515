"""How a deployment fared in the last minute: outcomes by time, and how long answers took.

Pure: the time is an argument, in seconds of a monotonic clock.
"""

from collections import deque
from dataclasses import dataclass
from statistics import median

SLICE_SECONDS = 5
SLICES = 12
"""A minute: what is reported."""
SLICES_JUDGED = 2
"""Five to ten seconds: what a circuit judges by."""
ANSWERS_KEPT = 128
ANSWERS_TOLD_BY_MIN = 20


@dataclass(slots=True)
class Slice:
    """The outcomes of five seconds."""

    number: int
    attempts: int = 0
    failures: int = 0
    late: int = 0
    """Answers that came, or do not come, long after the usual time."""


class Recent:
    """What is remembered of one deployment."""

    __slots__ = ("_forgiven", "_slices", "_streams", "_wholes")

    def __init__(self) -> None:
        self._forgiven = -1
        self._slices: deque[Slice] = deque([Slice(0)], maxlen=SLICES)
        self._streams: deque[float] = deque(maxlen=ANSWERS_KEPT)
        self._wholes: deque[float] = deque(maxlen=ANSWERS_KEPT)

    def slice(self, now: float) -> Slice:
        """Where outcomes of this moment are counted."""
        number = int(now / SLICE_SECONDS)
        newest = self._slices[-1]
        if newest.number != number:
            newest = Slice(number)
            self._slices.append(newest)
        return newest

    def answered(self, seconds: float, *, streamed: bool) -> None:
        """It took this long to the first content of a stream, or to a whole answer."""
        (self._streams if streamed else self._wholes).append(seconds)

    def judged(self, now: float) -> Slice:
        """The sums of the last few seconds, but for what is forgiven."""
        return self._sum(max(int(now / SLICE_SECONDS) - SLICES_JUDGED, self._forgiven))

    def reported(self, now: float) -> Slice:
        """The sums of the last minute."""
        return self._sum(int(now / SLICE_SECONDS) - SLICES)

    def forgive(self, now: float) -> None:
        """What happened until now is reported still, but not judged again."""
        self._forgiven = int(now / SLICE_SECONDS)

    def usual_seconds(self, *, streamed: bool) -> float | None:
        """Half of the answers came within this; None while too few are known."""
        answers = self._streams if streamed else self._wholes
        return median(answers) if len(answers) >= ANSWERS_TOLD_BY_MIN else None

    @property
    def median_seconds(self) -> float | None:
        answers = (*self._streams, *self._wholes)
        return median(answers) if answers else None

    def _sum(self, before: int) -> Slice:
        """Of the slices after that one."""
        total = Slice(before)
        for entry in self._slices:
            if entry.number > before:
                total.attempts += entry.attempts
                total.failures += entry.failures
                total.late += entry.late
        return total
