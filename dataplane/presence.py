"""Whether the client is still there, and who wants to know when it leaves."""

import asyncio
from collections.abc import Awaitable, Callable


class ClientLeft(Exception):
    """The client closed its connection before it was answered."""


class Presence:
    """Set once, when the client closes its connection, from when on somebody watches for that."""

    __slots__ = ("_until_gone", "_watchers", "_watching", "is_gone")

    def __init__(self, until_gone: Callable[[], Awaitable[None]] | None = None) -> None:
        """`until_gone` returns when the client has left."""
        self.is_gone = False
        self._until_gone = until_gone
        self._watching: asyncio.Task[None] | None = None
        self._watchers: list[Callable[[], None]] = []

    def watch(self) -> None:
        """From here on it is known at once."""
        if self._watching is None and self._until_gone is not None:
            self._watching = asyncio.create_task(self._watch(self._until_gone))

    async def look(self) -> bool:
        """Whether it has left by now, also if nobody watched so far."""
        self.watch()
        for _ in range(2):  # the task begins, and hears of what happened before
            await asyncio.sleep(0)
        return self.is_gone

    def forget(self) -> None:
        """Nobody wants to know any more."""
        if self._watching is not None:
            self._watching.cancel()

    def when_gone(self, watcher: Callable[[], None]) -> None:
        if self.is_gone:
            watcher()
        else:
            self._watchers.append(watcher)

    def leave(self) -> None:
        self.is_gone = True
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            watcher()

    async def _watch(self, until_gone: Callable[[], Awaitable[None]]) -> None:
        await until_gone()
        self.leave()
