"""This process as the rate limits know it: a heartbeat, a lease, and how many there are.

While nobody answers, the share of the process in every limit is one of as many as were last known.
"""

import logging
import time

import psycopg

from dataplane.access.rates.draws import RateDraws
from dataplane.access.rates.parallel_slots import Lease
from dataplane.access.rates.slot_clock import SlotClock
from dataplane.database import DATABASE_GONE

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 3
# Trust ends this part of a lease before it does, for a request that is just about to begin.
LEASE_MARGIN = 0.1
RETRY_SECONDS = 0.25
GONE = (*DATABASE_GONE, psycopg.Error)


class LimiterPresence:
    """Keeps in touch."""

    def __init__(self, draws: RateDraws, clock: SlotClock, lease_seconds: float) -> None:
        self.lease = Lease()
        self.processes = 1
        self.is_gone = False
        """Nobody answers."""
        self.was_forgotten = False
        """The database took this process for dead; whoever holds leased slots must know."""
        self._draws = draws
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._beat_at = 0.0
        self._in_touch_since: float | None = None

    def doubt(self) -> None:
        """A statement failed: find out whether anybody is there."""
        self._beat_at = 0.0

    def give_up(self) -> None:
        """No answer came for so long that nobody should wait for one; until the next beat."""
        self.is_gone = True
        self._beat_at = 0.0

    async def keep(self) -> bool:
        """Beats when it is time. Whether there is anybody to talk to."""
        now = time.monotonic()
        if now < self._beat_at:
            return not self.is_gone
        try:
            await self._beat(now)
        except GONE as error:
            if not self.is_gone:
                log.warning("rate limits go on without the database (%s)", type(error).__name__)
            self.is_gone = True
            self._in_touch_since = None
            self._beat_at = time.monotonic() + RETRY_SECONDS
        return not self.is_gone

    async def _beat(self, now: float) -> None:
        since = self._in_touch_since
        row = await self._draws.beat(
            self._lease_seconds, may_reap=since is not None and now - since > self._lease_seconds
        )
        self._clock.heard(row["drawn_at"], now)
        self.processes = max(1, row["processes"])
        self.was_forgotten = not row["was_known"]
        self.lease.until = now + self._lease_seconds * (1 - LEASE_MARGIN)
        self.is_gone = False
        self._in_touch_since = now if since is None else since
        self._beat_at = now + self._lease_seconds / BEATS_PER_LEASE
