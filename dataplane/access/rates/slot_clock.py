"""Time in slots, as the database counts it: what rate limits are counted by.

A minute has 240 slots. Between two of the database's answers a monotonic clock goes on. A slot is
named by its end, and an answer is taken to be as old as its question, so a request never counts as
made earlier than it was.
"""

import time

WINDOW_SLOTS = 240
# For how long a slice is valid while a limit is far, and the rate looked ahead to.
HORIZON_SLOTS = 40


class SlotClock:
    """Tells slots. Slots of other lengths make windows of other lengths."""

    __slots__ = ("_offset", "_per_second", "seconds")

    def __init__(self, window_seconds: float) -> None:
        self.seconds = window_seconds / WINDOW_SLOTS
        self._per_second = WINDOW_SLOTS / window_seconds
        self._offset = (time.time() - time.monotonic()) * self._per_second

    def heard(self, moment: float, asked_at: float) -> None:
        """The database's time, in slots, in answer to a question of then."""
        self._offset = moment - asked_at * self._per_second

    def slot(self, now: float) -> int:
        """The slot that a request of now counts in."""
        return int(now * self._per_second + self._offset) + 1

    def seconds_until(self, slot: int, now: float) -> float:
        """How long it is until that slot has begun."""
        return slot * self.seconds - (now + self._offset * self.seconds)

    @property
    def window_seconds(self) -> float:
        return WINDOW_SLOTS * self.seconds

    @property
    def horizon_seconds(self) -> float:
        return HORIZON_SLOTS * self.seconds
