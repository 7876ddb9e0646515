"""Requests and tokens per minute and parallel requests of a key, over all processes and hosts.

Each process draws slices of a key's limits from the database ahead of need and takes from them in
memory. The ordinary request neither waits nor asks; the rules are in `rates/README.md`.
"""

import time

from dataplane.access.rates.drawer import RateDrawer
from dataplane.access.rates.draws import RateDraws
from dataplane.access.rates.limited_keys import RateGrant
from dataplane.access.rates.presence import LimiterPresence
from dataplane.access.rates.slot_clock import SlotClock
from dataplane.database import Database
from dataplane.snapshot.model import VirtualKey

__all__ = ["RateGrant", "RateLimiter"]

WINDOW_SECONDS = 60.0
LEASE_SECONDS = 30.0


class RateLimiter:
    """Takes and settles. `run` must be running; `stop` gives everything back."""

    def __init__(
        self,
        database: Database,
        process_id: str,
        *,
        window_seconds: float = WINDOW_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._process_id = process_id
        clock = SlotClock(window_seconds)
        draws = RateDraws(database, process_id, clock.seconds)
        self._drawer = RateDrawer(draws, clock, LimiterPresence(draws, clock, lease_seconds))

    async def take(self, key: VirtualKey, tokens: int) -> RateGrant | None:
        """Takes a request of about so many tokens; None for a key without limits.

        Does not suspend while this process holds enough. Raises `RateLimited`.
        """
        limited = self._drawer.keys.get(key.id)
        if limited is None or limited.limits is not key.rate_limits:
            if not key.rate_limits.any:
                return None
            limited = self._drawer.know(key)
        now = time.monotonic()
        grant = limited.take(tokens, now)
        if grant is None:
            return await self._drawer.obtain(limited, tokens)
        if limited.is_low:
            self._drawer.ask(limited)
        return grant

    def settle(self, grant: RateGrant, tokens_used: int) -> None:
        """Ends a request: frees its parallel slot, corrects its tokens. A second time is none."""
        self._drawer.settle(grant, tokens_used)

    def recall(self, payload: str) -> None:
        """Word from another process that comes short: `<its id> <the key's id>`."""
        process_id, _, key_id = payload.partition(" ")
        if process_id != self._process_id:
            self._drawer.recall(key_id)

    @property
    def keys_known(self) -> int:
        """How many keys there is something in memory of."""
        return len(self._drawer.keys)

    async def sweep(self) -> None:
        """Removes from the database what counts no more; `run` does so every now and then."""
        await self._drawer.sweep()

    async def run(self) -> None:
        """Draws, gives back and sweeps until cancelled."""
        await self._drawer.run()

    async def stop(self) -> None:
        """Gives back what is held. Takes must have ended, and the database be open."""
        await self._drawer.stop()
