"""Time limits of a request's calls: until an answer begins, between chunks, in all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Protocol, TypeVar

from dataplane.alarm import Alarm
from dataplane.failures import AttemptFailed, Failure
from dataplane.presence import Presence

T = TypeVar("T")

NEVER = float("inf")


class Timed(Protocol):
    """Who wants to know when an attempt was made: seconds of a monotonic clock."""

    began_at: float


class Deadline:
    """Bounds every wait for a provider, and only those: a slow client is not its fault.

    There is one for all attempts of a request. When the client leaves, at most `drain_seconds`
    remain: long enough to learn what the provider will bill, short enough not to pay for an answer
    nobody reads.
    """

    def __init__(self, alarm: Alarm, total_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._latest = self._loop.time() + total_seconds
        self._answer_by = NEVER
        self._is_given_up = False
        self._alarm = alarm
        self.timed: Timed | None = None

    @property
    def seconds_left(self) -> float:
        return self._latest - self._loop.time()

    def begin(self, seconds: float) -> None:
        """An attempt is made now: it must begin to answer within this, whatever else comes first.

        What it took to prepare, fetching an image perhaps, is not the provider's to answer for.
        """
        now = self._loop.time()
        self._answer_by = now + seconds
        self._is_given_up = False
        if self.timed is not None:
            self.timed.began_at = now

    def answered(self) -> None:
        """The attempt has begun to answer."""
        self._answer_by = NEVER

    def limit(self, seconds: float) -> None:
        """No more than this for what is still to come of the attempt."""
        self._answer_by = self._loop.time() + seconds

    def give_up(self) -> None:
        """Ends the attempt, if it has not begun to answer."""
        if self._answer_by != NEVER:
            self._is_given_up = True
            self._answer_by = self._loop.time()
            self._alarm.hasten(self._answer_by)

    async def wait(self, awaitable: Awaitable[T], seconds: float, late: Failure) -> T:
        """Its result, within `seconds` and the limits. Raises `AttemptFailed`, by `late`."""
        try:
            with self.within(seconds):
                return await awaitable
        except TimeoutError as error:
            raise AttemptFailed(self.failure(late)) from error

    def within(self, seconds: float) -> Alarm:
        """Bounds what is waited for inside `with`, anew whenever called in it: `TimeoutError`."""
        return self._alarm.until(min(self._loop.time() + seconds, self._answer_by, self._latest))

    def failure(self, late: Failure) -> Failure:
        """Which of the limits it was that has just been passed."""
        now = self._loop.time()
        if self._is_given_up:
            return Failure.SLOW
        if now >= self._latest:
            return Failure.TOTAL_TIMEOUT
        return Failure.FIRST_BYTE_TIMEOUT if now >= self._answer_by else late

    async def each(self, items: AsyncIterator[T], seconds: float) -> AsyncIterator[T]:
        """The items, waiting this long for each."""
        while True:
            try:
                item = await self.wait(anext(items), seconds, Failure.CHUNK_TIMEOUT)
            except StopAsyncIteration:
                return
            yield item

    def watch(self, client: Presence, drain_seconds: float) -> None:
        client.when_gone(lambda: self._shorten(drain_seconds))

    def _shorten(self, seconds: float) -> None:
        self._latest = min(self._latest, self._loop.time() + seconds)
        self._alarm.hasten(self._latest)
