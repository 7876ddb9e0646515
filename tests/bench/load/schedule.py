"""Open loop: when each call is due, however late the answers to earlier ones are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """`total` calls at a fixed rate from `start`, in seconds of the monotonic clock."""

    start: float
    rate: float
    total: int

    @property
    def period(self) -> float:
        return 1 / self.rate

    def due(self, place: int) -> float:
        """When the call at this place (from 0) should be sent."""
        return self.start + place * self.period

    def due_by(self, now: float) -> int:
        """How many calls should have been sent by now, a timer's rounding forgiven."""
        passed = (now - self.start) * self.rate
        return min(self.total, max(0, int(passed + 1e-6) + 1)) if passed > -1e-6 else 0
