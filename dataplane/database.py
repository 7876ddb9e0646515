"""The data plane's connections to PostgreSQL: a small pool, and no long wait for any of it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from dataplane.settings import Settings

Connection = AsyncConnection[DictRow]

# How long one attempt to reconnect goes on; the next request for a connection starts another.
RECONNECT_SECONDS_MAX = 5.0

# What says that the database, not the statement, is at fault.
DATABASE_GONE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError)


@dataclass(frozen=True, slots=True)
class Lane:
    """Connections for one kind of work, so that no other kind is kept waiting by it."""

    connections_max: int | None = None
    """None: as many as the settings say."""
    connections_min: int = 1
    is_checked: bool = True
    """Each is tried before it is given out, which is a round trip."""
    options: str = ""


ORDINARY = Lane()


class Database:
    """A pool of autocommitting connections with statement time-outs."""

    def __init__(self, settings: Settings, lane: Lane = ORDINARY) -> None:
        self._timeout = settings.database_timeout_seconds
        self._wait = settings.database_wait_seconds
        self._wait_when_gone = settings.database_gone_wait_seconds
        self.is_gone = False
        self._url = settings.database_url
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            settings.database_url,
            connection_class=AsyncConnection[DictRow],
            kwargs=_connection_options(self._timeout, lane.options),
            min_size=lane.connections_min,
            max_size=lane.connections_max or settings.database_connections_max,
            timeout=self._wait,
            reconnect_timeout=RECONNECT_SECONDS_MAX,
            check=AsyncConnectionPool.check_connection if lane.is_checked else None,
            open=False,
        )

    async def open(self) -> None:
        """Starts connecting in the background; a database that is down does not stop the start."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close(timeout=self._timeout)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection from the pool. Raises one of `DATABASE_GONE` if there is none in time.

        A busy pool is waited for; a database that is known to be gone is not.
        """
        connection = await self._get()
        try:
            yield connection
        finally:
            await self._pool.putconn(connection)

    async def _get(self) -> Connection:
        deadline = time.monotonic() + self._wait
        while True:
            try:
                return await self._pool.getconn(timeout=self._wait_when_gone)
            except PoolTimeout:
                if self.is_gone or time.monotonic() > deadline:
                    raise

    async def connect(self) -> Connection:
        """A connection of the caller's own, outside the pool; to be closed by it."""
        return await AsyncConnection.connect(self._url, **_connection_options(self._timeout))

    async def listen(self) -> Connection:
        """A connection for LISTEN. Whether it can be had tells if anyone is there."""
        self.is_gone = True
        connection = await self.connect()
        self.is_gone = False
        return connection


def _connection_options(timeout_seconds: float, more: str = "") -> dict[str, Any]:
    milliseconds = int(timeout_seconds * 1000)
    return {
        "autocommit": True,
        "row_factory": dict_row,
        "connect_timeout": max(2, int(timeout_seconds)),
        "options": (
            f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
            f" -c idle_in_transaction_session_timeout={2 * milliseconds}"
            f" -c application_name=purser-dataplane {more}"
        ),
    }
