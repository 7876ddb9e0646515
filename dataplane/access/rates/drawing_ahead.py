"""How much to draw before it is needed, and when: from how fast the last slice was used.

The first draw is small, so that a key used once holds little; each next one may be four times the
last, up to what a whole horizon will use. The database cuts it down to what it can spare.
"""

from collections.abc import Iterable, Sequence

from dataplane.access.rates.recent_uses import sum_uses
from dataplane.access.rates.slot_clock import SlotClock

REQUESTS_MIN = 8
GROWTH = 4
AHEAD_MAX = 2**62
NEVER = float("inf")


class DrawingAhead:
    """The pace of one key in this process."""

    def __init__(self, clock: SlotClock) -> None:
        self._clock = clock
        self._asked_at = 0.0
        self._typical = 0
        self.requests, self.tokens = REQUESTS_MIN, 0
        """What the last draw asked for beyond the need."""
        self.rest()

    def rest(self) -> None:
        """No refill until the next draw says so."""
        self.low_requests = self.low_tokens = -1
        self.refill_at = NEVER

    def reckon(self, uses: Iterable[Sequence[int]], waiting: Sequence[int], now: float) -> None:
        """A draw is due; `uses` are those since the last one, `waiting` tokens are asked for."""
        requests, tokens = sum_uses(uses)
        horizons = self._clock.horizon_seconds / max(now - self._asked_at, 1e-3)
        self._asked_at = now
        self._typical = max(waiting, default=0) or tokens // max(1, requests)
        self.requests = _grown(REQUESTS_MIN, requests * horizons, self.requests)
        self.tokens = _grown(REQUESTS_MIN * self._typical, tokens * horizons, self.tokens)

    def plan(self, requests: int | None, tokens: int | None, valid_slots: int) -> None:
        """Refill at half of what was drawn ahead, or of its time. None is without a limit.

        Where the database gave no more than was waited for, there is nothing to draw ahead.
        """
        if requests == 0 or (tokens is not None and tokens < max(1, self._typical)):
            return
        self.low_requests = -1 if requests is None else requests // 2
        self.low_tokens = -1 if tokens is None else tokens // 2
        if valid_slots > 1:
            self.refill_at = self._asked_at + valid_slots * self._clock.seconds / 2


def _grown(least: int, expected: float, last: int) -> int:
    return max(least, int(min(expected, GROWTH * max(last, least), AHEAD_MAX)))
