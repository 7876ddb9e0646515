"""Writing the books: records wait together for one transaction, and callers for its commit.

What cannot be booked because the database is gone is kept and tried again; its reservation, which
was committed before the call was made, books it as an estimate should this process die meanwhile.
A record that the database refuses is set aside and named, so that it cannot hold up the others.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import psycopg

from billing.sql import statement
from dataplane.database import DATABASE_GONE, Connection, Database
from dataplane.telemetry import Telemetry

log = logging.getLogger(__name__)

Record = dict[str, Any]

BATCH_MAX = 500
RETRY_SECONDS = 0.25
SWEEP_SECONDS = 15.0
EXPIRED_MAX = 200


class Books:
    """The queue of records to book, and the task that books them."""

    def __init__(self, database: Database, telemetry: Telemetry, pending_max: int) -> None:
        self._database = database
        self._telemetry = telemetry
        self._pending_max = pending_max
        self._queue: deque[tuple[Record, asyncio.Future[None]]] = deque()
        self._wake = asyncio.Event()
        self._booking: list[asyncio.Future[None]] = []

    @property
    def pending(self) -> int:
        return len(self._queue) + len(self._booking)

    @property
    def is_full(self) -> bool:
        """So far behind that no more calls may be made until the database is back."""
        return self.pending >= self._pending_max

    def book(self, record: Record) -> asyncio.Future[None]:
        """Queues a record; the future is done when it is committed (or set aside)."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((record, committed))
        self._telemetry.pending_records(self.pending)
        self._wake.set()
        return committed

    async def book_and_wait(self, record: Record, seconds: float) -> None:
        """Returns when the record is committed, or after `seconds` with it still in the queue."""
        committed = self.book(record)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.shield(committed)

    async def run(self) -> None:
        """Books batches until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(BATCH_MAX, len(self._queue)))]
                self._booking = [committed for _, committed in batch]
                await self._book_until_done(batch)
                self._booking = []
                self._telemetry.pending_records(self.pending)

    async def sweep(self) -> None:
        """Books what outlived its caller, every now and then, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                while await self.book_expired() == EXPIRED_MAX:
                    continue
            except (*DATABASE_GONE, psycopg.Error):
                log.warning("outlived reservations could not be swept; trying again")

    async def drain(self, seconds: float) -> None:
        """Waits until everything queued is booked, at most this long."""
        waiting = [committed for _, committed in self._queue] + self._booking
        if waiting:
            await asyncio.wait(waiting, timeout=seconds)

    async def _book_until_done(self, batch: Sequence[tuple[Record, asyncio.Future[None]]]) -> None:
        while True:
            try:
                async with self._database.connection() as connection:
                    await self._book_or_bisect(connection, batch)
                return
            except DATABASE_GONE:
                log.warning("%d records wait for the database", self.pending)
                await asyncio.sleep(RETRY_SECONDS)

    async def _book_or_bisect(
        self, connection: Connection, batch: Sequence[tuple[Record, asyncio.Future[None]]]
    ) -> None:
        """One transaction. A batch spoilt by its data is halved until the culprit is alone."""
        try:
            await _settle(connection, [record for record, _ in batch])
        except DATABASE_GONE:
            raise
        except psycopg.Error as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._book_or_bisect(connection, batch[:middle])
                await self._book_or_bisect(connection, batch[middle:])
                return
            self._set_aside(batch[0][0], error)
        for _, committed in batch:
            if not committed.done():
                committed.set_result(None)

    def _set_aside(self, record: Record, error: psycopg.Error) -> None:
        self._telemetry.record_set_aside()
        log.error(
            "record %s was refused by the database (%s) and is set aside",
            record["request_id"],
            error.sqlstate,
        )

    async def book_expired(self) -> int:
        async with self._database.connection() as connection, connection.transaction():
            cursor = await connection.execute(statement("expired"), {"most": EXPIRED_MAX})
            rows = await cursor.fetchall()
            if rows:
                await _settle(connection, [row["record"] for row in rows])
                log.warning("%d calls never settled; booked as estimated", len(rows))
            return len(rows)


async def _settle(connection: Connection, records: list[Record]) -> None:
    balances = sorted(_balances(records))
    async with connection.transaction():
        if balances:
            await connection.execute(statement("lock_balances"), {"balances": balances})
        text = msgspec.json.encode(records).decode()
        await connection.execute(statement("settle"), {"records": text})


def _balances(records: Iterable[Record]) -> set[int]:
    return {balance for record in records for balance in record["balances"]}
