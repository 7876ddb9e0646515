"""Time limits of an attempt: for its first byte, between chunks, in all, after the client left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from dataplane.alarm import Alarm
from dataplane.presence import Presence
from dataplane.upstream.client import AttemptFailed

T = TypeVar("T")


class Deadline:
    """Bounds every wait for the provider, and only those: a slow client is not its fault.

    When the client leaves, at most `drain_seconds` remain: long enough to learn what the provider
    will bill, short enough not to pay for an answer nobody reads.
    """

    def __init__(self, alarm: Alarm, total_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._latest = self._loop.time() + total_seconds
        self._alarm = alarm

    async def wait(self, awaitable: Awaitable[T], seconds: float) -> T:
        """Its result, within `seconds` and the total. Raises `AttemptFailed`."""
        try:
            with self.within(seconds):
                return await awaitable
        except TimeoutError as error:
            raise AttemptFailed("upstream_timeout") from error

    def within(self, seconds: float) -> Alarm:
        """Bounds what is waited for inside `with`, anew whenever called in it: `TimeoutError`."""
        return self._alarm.until(min(self._loop.time() + seconds, self._latest))

    async def each(
        self, items: AsyncIterator[T], first: float, following: float
    ) -> AsyncIterator[T]:
        """The items, waiting `first` seconds for the first and `following` for each other."""
        seconds = first
        while True:
            try:
                item = await self.wait(anext(items), seconds)
            except StopAsyncIteration:
                return
            yield item
            seconds = following

    def watch(self, client: Presence, drain_seconds: float) -> None:
        client.when_gone(lambda: self._shorten(drain_seconds))

    def _shorten(self, seconds: float) -> None:
        self._latest = min(self._latest, self._loop.time() + seconds)
        self._alarm.hasten(self._latest)
