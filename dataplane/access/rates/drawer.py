"""Drawing slices and giving them back: the background work of rate limits in one process.

Draws go one at a time, and all keys that need one share it. What expired, what others come short
of and what settled calls correct goes back with the next one. While the database is gone, each
process serves its share of every limit: an outage of the one must not be an outage of the other.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from psycopg.rows import DictRow

from dataplane.access.rates.agenda import Agenda
from dataplane.access.rates.draws import RateDraws
from dataplane.access.rates.limited_keys import LimitedKey, RateGrant, Waiter
from dataplane.access.rates.presence import GONE, LimiterPresence
from dataplane.access.rates.slot_clock import HORIZON_SLOTS, SlotClock
from dataplane.snapshot.model import VirtualKey

log = logging.getLogger(__name__)

BATCH_MAX = 50
TICKS_PER_SLOT = 2.5
# How long a request waits for a draw at most, before the share of its process must do.
WAIT_SECONDS_MAX = 3.0
# Others were asked to give back: how long until they have, and how often they are asked.
RECALL_SECONDS = 0.03
RECALLS_MAX = 3
SWEEP_SECONDS = 30.0
STOP_SECONDS_MAX = 5.0


class RateDrawer:
    """The limited keys of this process. Everything here belongs to the one event loop."""

    def __init__(self, draws: RateDraws, clock: SlotClock, presence: LimiterPresence) -> None:
        self._draws = draws
        self._clock = clock
        self._presence = presence
        self.keys: dict[str, LimitedKey] = {}
        self._asking: deque[LimitedKey] = deque()
        self._agenda = Agenda()
        self._wake = asyncio.Event()
        self._working = asyncio.Lock()
        self._patience_slots = 1
        self._is_stopped = False

    def know(self, key: VirtualKey) -> LimitedKey:
        """The key with the limits that it has now."""
        limited = self.keys.get(key.id)
        if limited is None:
            limited = self.keys[key.id] = LimitedKey(key, self._clock, self._presence.lease)
        elif limited.limits != key.rate_limits:
            limited.adopt(key.rate_limits)
        else:
            limited.limits = key.rate_limits
        return limited

    def ask(self, limited: LimitedKey, *, at_once: bool = True) -> None:
        """Has it draw with the next batch."""
        if not limited.is_asking:
            limited.is_asking = True
            self._asking.append(limited)
        if at_once:
            self._wake.set()

    async def obtain(self, limited: LimitedKey, tokens: int) -> RateGrant:
        """Waits for a draw. Raises `RateLimited`."""
        now = time.monotonic()
        if self._presence.is_gone:
            return limited.take_of_share(tokens, self._presence.processes, now)
        if not limited.waiting:
            limited.refuse_again(tokens, now)
        if not limited.waiting or not limited.was_recalled:
            self.ask(limited)
        granted: asyncio.Future[RateGrant] = asyncio.get_running_loop().create_future()
        limited.waiting.append(Waiter(tokens, granted))
        try:
            await asyncio.wait((granted,), timeout=WAIT_SECONDS_MAX)
        except asyncio.CancelledError:
            if not granted.cancel() and granted.exception() is None:
                self.settle(granted.result(), 0)
            raise
        if granted.done():
            return granted.result()
        granted.cancel()
        self._presence.give_up()
        return limited.take_of_share(tokens, self._presence.processes, time.monotonic())

    def settle(self, grant: RateGrant, tokens_used: int) -> None:
        """Ends a request, once."""
        if not grant.is_open:
            return
        grant.is_open = False
        now = time.monotonic()
        if grant.limited.settle(grant, tokens_used, now):
            self.ask(grant.limited, at_once=grant.limited.parallel.is_tight(now))

    def recall(self, key_id: str) -> None:
        """Another process comes short of this key."""
        if (limited := self.keys.get(key_id)) is not None:
            limited.recall(time.monotonic())
            self.ask(limited)

    async def run(self) -> None:
        """Works until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._draw_forever())
                tasks.create_task(self._sweep_forever())
        finally:
            await self._draws.close()

    async def stop(self) -> None:
        """Gives everything back, if the database is there to take it."""
        self._is_stopped = True
        async with self._working:
            for limited in self.keys.values():
                limited.gives_back = True
                self.ask(limited)
            with contextlib.suppress(*GONE, TimeoutError):
                async with asyncio.timeout(STOP_SECONDS_MAX):
                    await self._draw_all()
                    if not any(limited.parallel.in_use for limited in self.keys.values()):
                        await self._draws.leave()
            await self._draws.close()

    async def _draw_forever(self) -> None:
        tick_seconds = self._clock.seconds / TICKS_PER_SLOT
        while not self._is_stopped:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(tick_seconds):
                    await self._wake.wait()
            self._wake.clear()
            async with self._working:
                if not self._is_stopped:
                    self._look_after(time.monotonic())
                    await self._draw_all()

    async def _sweep_forever(self) -> None:
        """Each process in turn, about: together they sweep as often as one would."""
        while not self._is_stopped:
            pause = SWEEP_SECONDS * self._presence.processes * random.uniform(0.5, 1.5)
            await asyncio.sleep(pause)
            with contextlib.suppress(*GONE):
                await self.sweep()

    async def sweep(self) -> None:
        await self._draws.sweep()

    def _look_after(self, now: float) -> None:
        """What expired or lies idle goes back; a key that was not used for long is forgotten."""
        for limited in self._agenda.due(now):
            if limited.is_idle(now):
                limited.gives_back = True
                self.ask(limited, at_once=False)
            elif limited.is_forgettable(now):
                del self.keys[limited.id]
            else:
                self._agenda.add(limited, limited.look_at(now))

    async def _draw_all(self) -> None:
        while await self._keep_in_touch() and self._asking:
            batch = self._next_batch()
            if batch and not await self._draw(batch):
                return

    async def _keep_in_touch(self) -> bool:
        """Whether there is anybody to draw from; if not, who waits gets of the share."""
        was_gone = self._presence.is_gone
        is_there = await self._presence.keep()
        if not is_there:
            self._serve_shares(is_new=not was_gone)
        elif was_gone or self._presence.was_forgotten:
            self._presence.was_forgotten = False
            for limited in self.keys.values():
                limited.parallel.forget()
                self.ask(limited)
        return is_there

    def _serve_shares(self, *, is_new: bool) -> None:
        processes, now = self._presence.processes, time.monotonic()
        for limited in list(self.keys.values()) if is_new else list(self._asking):
            limited.parallel.open_share(processes)
            limited.serve_share(processes, now)

    def _next_batch(self) -> list[LimitedKey]:
        batch: list[LimitedKey] = []
        now = time.monotonic()
        while self._asking and len(batch) < BATCH_MAX:
            limited = self._asking.popleft()
            limited.is_asking = False
            if limited.has_news(now) or limited.is_low:
                batch.append(limited)
            else:
                self._agenda.add(limited, limited.look_at(now))
        return batch

    async def _draw(self, batch: Sequence[LimitedKey]) -> bool:
        """One draw for all of them. Whether it was answered."""
        asked_at = time.monotonic()
        asks = {limited.id: limited.ask(asked_at) for limited in batch}
        try:
            rows = await self._draws.draw(list(asks.values()), self._patience_slots)
        except GONE as error:
            log.warning("a draw of rate limits failed (%s)", type(error).__name__)
            self._doubt(batch)
            return False
        except asyncio.CancelledError:
            self._doubt(batch)
            raise
        now = time.monotonic()
        self._clock.heard(rows[0]["drawn_at"], asked_at)
        trips = 4 * (now - asked_at) / self._clock.seconds
        self._patience_slots = min(HORIZON_SLOTS, 1 + int(trips))
        by_id = {limited.id: limited for limited in batch}
        for row in rows:
            limited = by_id[row["virtual_key_id"]]
            self._hand_out(limited, row, asks[limited.id], now)
        return True

    def _hand_out(
        self, limited: LimitedKey, row: DictRow, asked: dict[str, Any], now: float
    ) -> None:
        may_get_more = limited.granted(row, asked, now)
        self._agenda.add(limited, limited.look_at(now))
        if not limited.waiting:
            return
        if may_get_more:
            self.ask(limited)
        elif row["is_recalled"] and limited.was_recalled < RECALLS_MAX:
            limited.was_recalled += 1
            asyncio.get_running_loop().call_later(RECALL_SECONDS, self.ask, limited)
        else:
            limited.refuse_waiting(now)

    def _doubt(self, batch: Sequence[LimitedKey]) -> None:
        """Nobody knows what came of a draw; whoever waits is served by the next, or the share."""
        self._presence.doubt()
        for limited in batch:
            limited.window.doubted()
            self.ask(limited, at_once=False)
