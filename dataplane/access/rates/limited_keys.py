"""A key with limits, as one process knows it: its window, its parallel slots, and who waits.

Everything here is in memory and waits for nothing; the drawer talks to the database.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataplane.access.rates.headers import RateHeaders
from dataplane.access.rates.parallel_slots import Lease, ParallelSlots
from dataplane.access.rates.refusals import Shortage, refusal
from dataplane.access.rates.slot_clock import SlotClock
from dataplane.access.rates.windows import RateWindow
from dataplane.errors import RateLimited
from dataplane.snapshot.model import RateLimits, VirtualKey

# For how long parallel slots go back at once after another process came short of one.
TIGHT_SECONDS = 1.0
# Requests end at any moment, so a lack of parallel slots is believed for a part of a slot only.
PARALLEL_SHORT_SLOTS = 0.2
# No request uses more; whoever says so is not believed.
TOKENS_MAX = 10**12


class RateGrant:
    """What one request took of its key's limits. It must be settled, once."""

    __slots__ = ("_requests_left", "_tokens_left", "is_open", "limited", "slot", "tokens")

    def __init__(self, limited: "LimitedKey", slot: int, tokens: int) -> None:
        window = limited.window
        self.limited = limited
        self.slot = slot
        self.tokens = tokens
        self.is_open = True
        self._requests_left = window.requests + window.requests_room
        self._tokens_left = window.tokens + window.tokens_room

    @property
    def headers(self) -> dict[str, str]:
        """`x-ratelimit-*` for the answer."""
        return self.limited.headers.render(self._requests_left, self._tokens_left)


@dataclass(slots=True, eq=False)
class Waiter:
    """A request that this process held too little for."""

    tokens: int
    granted: "asyncio.Future[RateGrant]"


class LimitedKey:
    """One key's limits in this process."""

    def __init__(self, key: VirtualKey, clock: SlotClock, lease: Lease) -> None:
        self.id = key.id
        self.window = RateWindow(clock)
        self.parallel = ParallelSlots(lease)
        self.waiting: list[Waiter] = []
        self.was_recalled = 0
        """How often in a row others were asked to give back for those who wait."""
        self.used_at = 0.0
        self.is_asking = False
        """Whether it is to draw with the next batch; for the drawer to remember."""
        self.scheduled_at: float | None = None
        """When to look at it again; for the agenda to remember."""
        self._clock = clock
        self.adopt(key.rate_limits)

    def adopt(self, limits: RateLimits) -> None:
        """Sets the limits. What was drawn under others goes back with the next draw."""
        self.limits = limits
        self.headers = RateHeaders.of(limits, self._clock)
        self.window.limit(limits.requests_per_minute, limits.tokens_per_minute)
        self.parallel.most = limits.max_parallel_requests
        self._has_window = self.window.is_limited
        self._has_parallel = limits.max_parallel_requests is not None
        self._tokens_max = min(limits.tokens_per_minute or TOKENS_MAX, TOKENS_MAX)
        self._shortage: Shortage | None = None
        self.gives_back = True

    def take(self, tokens: int, now: float) -> RateGrant | None:
        """Takes from what this process holds; None if that is too little."""
        if self._has_parallel and not self.parallel.is_free(now):
            return None
        slot = 0
        if self._has_window:
            if tokens > self._tokens_max:
                tokens = self._tokens_max
            if not (slot := self.window.take(tokens, now)):
                return None
        self.parallel.in_use += 1
        self.used_at = now
        return RateGrant(self, slot, tokens)

    def take_of_share(self, tokens: int, processes: int, now: float) -> RateGrant:
        """Takes while there is no database to ask. Raises `RateLimited`."""
        if (grant := self.take(tokens, now)) is not None:
            return grant
        self.parallel.open_share(processes)
        if self._has_window:
            self.window.open_share(processes, now)
            tokens = min(tokens, max(1, self._tokens_max // processes))
        if (grant := self.take(tokens, now)) is not None:
            return grant
        is_parallel = self._has_parallel and not self.parallel.is_free(now)
        shortage = Shortage(is_parallel, self.window.requests, self.window.tokens)
        raise self._refusal(shortage, tokens, now)

    @property
    def is_low(self) -> bool:
        """Whether it is time to draw ahead."""
        return self.window.is_low or (self._has_parallel and self.parallel.is_low())

    def settle(self, grant: RateGrant, tokens_used: int, now: float) -> bool:
        """Ends a request. Says whether the database should know soon."""
        self.parallel.in_use -= 1
        is_tight = self._has_parallel and self.parallel.is_tight(now)
        if not grant.slot or self.limits.tokens_per_minute is None:
            return is_tight
        more = min(tokens_used, TOKENS_MAX) - grant.tokens
        if more > 0:
            self.window.owe(more, now)
            return True
        if more < 0:
            self.window.refund(grant.slot, -more)
            self._shortage = None
            return is_tight or self.window.is_short or now >= self.window.expires_at
        return is_tight

    def recall(self, now: float) -> None:
        """Another process comes short: what is not in use goes back."""
        self.gives_back = True
        self.parallel.tight_until = now + TIGHT_SECONDS

    def has_news(self, now: float) -> bool:
        """Whether a draw would change anything."""
        gives_back = self.gives_back or self.parallel.is_tight(now)
        return (
            bool(self.waiting)
            or self.window.has_news()
            or (gives_back and self.parallel.spare > 0)
            or self.parallel.share is not None
        )

    def is_idle(self, now: float) -> bool:
        """Whether it holds something that nobody used for as long as it should be held."""
        if self.window.has_news():
            return now >= self.window.expires_at
        return self.parallel.spare > 0 and now >= self.used_at + self._clock.horizon_seconds

    def is_forgettable(self, now: float) -> bool:
        """Whether nothing is left to remember of it."""
        is_in_use = self.waiting or self.is_asking or self.parallel.held or self.parallel.in_use
        is_old = now >= self.used_at + self._clock.window_seconds
        return is_old and not is_in_use and not self.window.has_news()

    def look_at(self, now: float) -> float:
        """When it may next be idle, or forgettable."""
        if self.window.has_news():
            at = self.window.expires_at
        elif self.parallel.spare > 0:
            at = self.used_at + self._clock.horizon_seconds
        else:
            at = self.used_at + self._clock.window_seconds
        return max(at, now + self._clock.seconds)

    def ask(self, now: float) -> dict[str, Any]:
        """What to ask the database. One of `granted` and `doubted` must follow."""
        self.waiting = [waiter for waiter in self.waiting if not waiter.granted.done()]
        is_over = not self.waiting and now >= self.window.expires_at
        gives_back, self.gives_back = self.gives_back or is_over, False
        wanted = [min(waiter.tokens, self._tokens_max) for waiter in self.waiting]
        return {
            "key": self.id,
            **self.window.ask(wanted, now, gives_back=gives_back),
            **self.parallel.ask(len(wanted), now, gives_back=gives_back),
        }

    def granted(self, row: Mapping[str, Any], asked: Mapping[str, Any], now: float) -> bool:
        """Serves those who wait. Says whether asking again at once may give them more."""
        self.window.granted(row, asked)
        self.parallel.granted(row, asked)
        served = self._serve(now)
        if served or not self.waiting:
            self.was_recalled, self._shortage = 0, None
            return bool(self.waiting)
        is_parallel = row["parallel"] < asked["parallel_least"]
        self._shortage = Shortage(
            is_parallel,
            row["requests_left"] + self.window.requests,
            row["tokens_left"] + self.window.tokens,
            row["leaving"] or (),
            now + self._clock.seconds * (PARALLEL_SHORT_SLOTS if is_parallel else 1),
        )
        return self.window.came_late(now) or any(self._may_fit(waiter) for waiter in self.waiting)

    def refuse_again(self, tokens: int, now: float) -> None:
        """Raises `RateLimited` for a request like one that was refused a moment ago."""
        shortage, tokens = self._shortage, min(tokens, self._tokens_max)
        if shortage is None or shortage.code(tokens) is None:
            return
        if now < shortage.until and shortage.retry_seconds(tokens, self._clock, now) > 0:
            raise self._refusal(shortage, tokens, now)
        self._shortage = None

    def refuse_waiting(self, now: float) -> None:
        """There is too little for those who still wait, and nothing to wait for."""
        waiting, self.waiting, self.was_recalled = self.waiting, [], 0
        for waiter in waiting:
            if not waiter.granted.done() and self._shortage is not None:
                tokens = min(waiter.tokens, self._tokens_max)
                waiter.granted.set_exception(self._refusal(self._shortage, tokens, now))

    def serve_share(self, processes: int, now: float) -> None:
        """There is no database to ask: who waits gets of this process's share, or is refused."""
        waiting, self.waiting, self.was_recalled = self.waiting, [], 0
        for waiter in waiting:
            if not waiter.granted.done():
                try:
                    waiter.granted.set_result(self.take_of_share(waiter.tokens, processes, now))
                except RateLimited as error:
                    waiter.granted.set_exception(error)

    def _serve(self, now: float) -> int:
        """How many of those who wait there was enough for; the others wait on."""
        waiting, self.waiting = self.waiting, []
        for waiter in waiting:
            if waiter.granted.done():
                continue
            if (grant := self.take(waiter.tokens, now)) is not None:
                waiter.granted.set_result(grant)
            else:
                self.waiting.append(waiter)
        return len(waiting) - len(self.waiting)

    def _may_fit(self, waiter: Waiter) -> bool:
        """Whether there was room for someone who came while the draw was under way."""
        tokens = min(waiter.tokens, self._tokens_max)
        return self._shortage is not None and self._shortage.code(tokens) is None

    def _refusal(self, shortage: Shortage, tokens: int, now: float) -> RateLimited:
        return refusal(shortage, tokens, self.limits, self.headers, self._clock, now)
