"""Keeping the snapshot true: one LISTEN connection, a catalog reload at every word of a change.

A NOTIFY can only be lost with the connection, so a new connection reloads everything; a timed
check finds a connection that died without a word. The last catalog serves while there is none.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg import Notify

from dataplane.contract import channels
from dataplane.database import DATABASE_GONE, Connection, Database

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.5
HEARTBEAT_SECONDS = 5.0


class Listener:
    """Runs until cancelled; `ready` is set once the first catalog is loaded."""

    def __init__(
        self,
        database: Database,
        *,
        reload_catalog: Callable[[], Awaitable[None]],
        forget_key: Callable[[str], None],
        forget_all_keys: Callable[[], None],
        recall: Callable[[int], None],
        recall_rates: Callable[[str], None],
        check_seconds: float,
    ) -> None:
        self._database = database
        self._reload_catalog = reload_catalog
        self._forget_key = forget_key
        self._forget_all_keys = forget_all_keys
        self._recall = recall
        self._recall_rates = recall_rates
        self._check_seconds = check_seconds
        self.ready = asyncio.Event()

    async def run(self) -> None:
        while True:
            try:
                connection = await self._database.listen()
                try:
                    await self._follow(connection)
                finally:
                    await connection.close()
            except (*DATABASE_GONE, psycopg.Error, TimeoutError):
                log.warning("no word from the database about changes; connecting again")
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow(self, connection: Connection) -> None:
        await connection.execute(f"LISTEN {channels.CONFIGURATION}")
        await connection.execute(f"LISTEN {channels.RECALL}")
        await connection.execute(f"LISTEN {channels.RATE_RECALL}")
        await self._start_afresh()
        checked = asyncio.get_running_loop().time()
        while True:
            payloads = await self._next_payloads(connection)
            now = asyncio.get_running_loop().time()
            if now - checked > self._check_seconds:
                payloads.add(channels.CATALOG_CHANGED)
                checked = now
            await self._apply(payloads)

    async def _next_payloads(self, connection: Connection) -> set[str]:
        """What was announced since; waits a heartbeat at most, then asks if anyone is there."""
        payloads: set[str] = set()
        heard = False
        async for notice in connection.notifies(timeout=HEARTBEAT_SECONDS, stop_after=1):
            self._hear(notice, payloads)
            heard = True
        if not heard:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await connection.execute("SELECT 1")
        with contextlib.suppress(StopAsyncIteration):
            async for notice in connection.notifies(timeout=0):
                self._hear(notice, payloads)
        return payloads

    def _hear(self, notice: Notify, payloads: set[str]) -> None:
        """A recall is passed on at once; changes are gathered."""
        if notice.channel == channels.RECALL:
            self._recall(int(notice.payload))
        elif notice.channel == channels.RATE_RECALL:
            self._recall_rates(notice.payload)
        else:
            payloads.add(notice.payload)

    async def _start_afresh(self) -> None:
        self._forget_all_keys()
        await self._reload_catalog()
        self.ready.set()

    async def _apply(self, payloads: set[str]) -> None:
        for payload in payloads:
            if payload.startswith(channels.KEY_CHANGED_PREFIX):
                self._forget_key(payload.removeprefix(channels.KEY_CHANGED_PREFIX))
        if channels.KEYS_CHANGED in payloads:
            self._forget_all_keys()
        if channels.CATALOG_CHANGED in payloads:
            await self._reload_catalog()
