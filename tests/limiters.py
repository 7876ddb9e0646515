"""A process's rate limiter on its own: what the data plane runs, without the data plane."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import psycopg

from dataplane.access.rate_limits import RateGrant, RateLimiter
from dataplane.access.rates.slot_clock import WINDOW_SLOTS
from dataplane.contract import channels
from dataplane.database import Database
from dataplane.errors import RateLimited
from dataplane.settings import Settings
from dataplane.snapshot.model import RateLimits, VirtualKey


def limited_key(
    id: str = "vk-1",
    *,
    requests: int | None = None,
    tokens: int | None = None,
    parallel: int | None = None,
) -> VirtualKey:
    """A key as the snapshot has it, with these limits."""
    return VirtualKey(
        id=id, customer="acme", team=None, is_active=True, expires_at=None,
        secret_expires_at=None, secret_revoked=False, allowed_providers=(), allowed_models=(),
        denied_models=(), rate_limits=RateLimits(requests, tokens, parallel), fallbacks=(),
        metadata={}, budgets=(),
    )  # fmt: skip


class LimiterProcess:
    """One process: its limiter, and an ear for the others."""

    def __init__(self, url: str, process_id: str, **settings: float) -> None:
        self._url = url
        self._database = Database(replace(Settings.from_env(), database_url=url))
        self.limiter = RateLimiter(self._database, process_id, **settings)
        self._tasks: list[asyncio.Task[None]] = []
        self._hears = asyncio.Event()

    async def start(self) -> None:
        await self._database.open()
        self._tasks = [asyncio.create_task(self.limiter.run())]
        self._tasks.append(asyncio.create_task(self._listen()))
        await self._hears.wait()

    async def take(self, key: VirtualKey, tokens: int = 10) -> RateGrant:
        grant = await self.limiter.take(key, tokens)
        assert grant is not None, "the key has limits"
        return grant

    async def serve(self, key: VirtualKey, tokens: int = 10) -> bool:
        """One whole request; whether it was let in."""
        try:
            self.limiter.settle(await self.take(key, tokens), tokens)
        except RateLimited:
            return False
        return True

    async def take_all(self, key: VirtualKey, tokens: int = 10) -> list[RateGrant]:
        """Takes one after the other until it is refused."""
        grants = []
        while True:
            try:
                grants.append(await self.take(key, tokens))
            except RateLimited:
                return grants

    async def stop(self) -> None:
        if self._tasks:
            await self.limiter.stop()
            await self.kill()

    async def kill(self) -> None:
        """Gone without a word."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._database.close()

    async def _listen(self) -> None:
        try:
            connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
            async with connection:
                await connection.execute(f"LISTEN {channels.RATE_RECALL}")
                self._hears.set()
                async for notice in connection.notifies():
                    self.limiter.recall(notice.payload)
        except psycopg.OperationalError:
            return


def most_in_any_window(slots: Iterable[int]) -> int:
    """The most uses in as many slots as make a window."""
    by_slot = Counter(slots)
    return max(
        sum(count for slot, count in by_slot.items() if last - WINDOW_SLOTS < slot <= last)
        for last in by_slot
    )
