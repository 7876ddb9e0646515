"""Virtual keys in memory: loaded on first use by hash, so that a million of them cost nothing."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from dataplane.database import DATABASE_GONE
from dataplane.errors import Unavailable
from dataplane.snapshot.model import VirtualKey

LoadKey = Callable[[str], Awaitable[VirtualKey | None]]


@dataclass(slots=True)
class _Entry:
    key: VirtualKey
    is_stale: bool = False


class KeyCache:
    """Keys by the hash of their secret.

    A changed key is marked stale rather than dropped: it is loaded again at its next use, and if
    the database is gone by then, what was last known of it serves on. Hashes that belong to no key
    are remembered for a moment, so that a stray client costs no query a request.
    """

    def __init__(
        self, load: LoadKey, *, keys_max: int, unknown_max: int, unknown_seconds: float
    ) -> None:
        self._load = load
        self._keys_max = keys_max
        self._unknown_max = unknown_max
        self._unknown_seconds = unknown_seconds
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._loading: dict[str, asyncio.Future[VirtualKey | None]] = {}
        self._changes = 0

    async def find(self, secret_hash: str) -> VirtualKey | None:
        """The key, or None. Raises `Unavailable` if it is not known and cannot be loaded."""
        entry = self._entries.get(secret_hash)
        if entry is not None and not entry.is_stale:
            return entry.key
        if self._unknown.get(secret_hash, 0.0) > time.monotonic():
            return None
        try:
            return await self._load_once(secret_hash)
        except DATABASE_GONE as error:
            if entry is not None:
                return entry.key
            raise Unavailable.ledger() from error

    def forget(self, secret_hash: str) -> None:
        """This key changed."""
        self._changes += 1
        self._unknown.pop(secret_hash, None)
        if entry := self._entries.get(secret_hash):
            entry.is_stale = True

    def forget_all(self) -> None:
        """Something that many keys depend on changed."""
        self._changes += 1
        self._unknown.clear()
        for entry in self._entries.values():
            entry.is_stale = True

    async def _load_once(self, secret_hash: str) -> VirtualKey | None:
        """One query at a time for each hash, however many requests wait for it."""
        if (waiting := self._loading.get(secret_hash)) is not None:
            return await asyncio.shield(waiting)
        task = asyncio.ensure_future(self._load_and_remember(secret_hash))
        self._loading[secret_hash] = task
        task.add_done_callback(lambda _: self._loading.pop(secret_hash, None))
        return await asyncio.shield(task)

    async def _load_and_remember(self, secret_hash: str) -> VirtualKey | None:
        changes = self._changes
        key = await self._load(secret_hash)
        if key is None:
            self._entries.pop(secret_hash, None)
            self._unknown[secret_hash] = time.monotonic() + self._unknown_seconds
            _trim(self._unknown, self._unknown_max)
            return None
        # A change announced while the query ran may not be in its answer.
        self._entries[secret_hash] = _Entry(key, is_stale=changes != self._changes)
        self._entries.move_to_end(secret_hash)
        _trim(self._entries, self._keys_max)
        return key


def _trim(entries: OrderedDict[str, Any], most: int) -> None:
    while len(entries) > most:
        entries.popitem(last=False)
