"""Whether the client is still there, and who wants to know when it leaves."""

from collections.abc import Callable


class Presence:
    """Set once, by the server, when the client closes its connection."""

    __slots__ = ("_watchers", "is_gone")

    def __init__(self) -> None:
        self.is_gone = False
        self._watchers: list[Callable[[], None]] = []

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
