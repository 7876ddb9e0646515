"""Writing the books: records wait together for one transaction, and callers for its commit.

What cannot be booked because the database is gone is kept and tried again; its reservation, which
was committed before the call was made, books it as an estimate should this process die meanwhile.
A record that the database refuses is set aside and named, so that it cannot hold up the others.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Entry:
    """A record on its way into the books, encoded at once: a bad one fails its own call."""

    request_id: str
    balances: tuple[int, ...]
    text: bytes
    committed: asyncio.Future[None]

    @classmethod
    def of(cls, record: Record) -> "Entry":
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        text = msgspec.json.encode(record)
        return cls(record["request_id"], tuple(record["balances"]), text, committed)


class Books:
    """The queue of records to book, and the task that books them."""

    def __init__(self, database: Database, telemetry: Telemetry, pending_max: int) -> None:
        self._database = database
        self._telemetry = telemetry
        self._pending_max = pending_max
        self._queue: deque[Entry] = deque()
        self._booking: list[Entry] = []
        self._wake = asyncio.Event()

    @property
    def pending(self) -> int:
        return len(self._queue) + len(self._booking)

    @property
    def is_full(self) -> bool:
        """So far behind that no more calls may be made until the database is back."""
        return self.pending >= self._pending_max

    def book(self, record: Record) -> asyncio.Future[None]:
        """Queues a record; the future is done when it is committed (or set aside)."""
        entry = Entry.of(record)
        self._queue.append(entry)
        self._telemetry.pending_records(self.pending)
        self._wake.set()
        return entry.committed

    async def book_and_wait(self, record: Record, seconds: float) -> None:
        """Returns when the record is committed, or after `seconds` with it still in the queue."""
        await asyncio.wait([self.book(record)], timeout=seconds)

    async def run(self) -> None:
        """Books batches until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                count = min(BATCH_MAX, len(self._queue))
                self._booking = [self._queue.popleft() for _ in range(count)]
                await self._book_until_done(self._booking)
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
        if waiting := [entry.committed for entry in (*self._booking, *self._queue)]:
            await asyncio.wait(waiting, timeout=seconds)

    async def _book_until_done(self, batch: Sequence[Entry]) -> None:
        while True:
            try:
                async with self._database.connection() as connection:
                    await self._book_or_bisect(connection, batch)
                return
            except DATABASE_GONE:
                log.warning("%d records wait for the database", self.pending)
                await asyncio.sleep(RETRY_SECONDS)

    async def _book_or_bisect(self, connection: Connection, batch: Sequence[Entry]) -> None:
        """One transaction. A batch spoilt by its data is halved until the culprit is alone."""
        try:
            await _settle(connection, batch)
        except DATABASE_GONE:
            raise
        except psycopg.Error as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._book_or_bisect(connection, batch[:middle])
                await self._book_or_bisect(connection, batch[middle:])
                return
            self._set_aside(batch[0], error)
        for entry in batch:
            if not entry.committed.done():
                entry.committed.set_result(None)

    def _set_aside(self, entry: Entry, error: psycopg.Error) -> None:
        self._telemetry.record_set_aside()
        log.error(
            "record %s was refused by the database (%s) and is set aside",
            entry.request_id,
            error.sqlstate,
        )

    async def book_expired(self) -> int:
        async with self._database.connection() as connection, connection.transaction():
            cursor = await connection.execute(statement("expired"), {"most": EXPIRED_MAX})
            rows = await cursor.fetchall()
            if rows:
                await _settle(connection, [Entry.of(row["record"]) for row in rows])
                log.warning("%d calls never settled; booked as estimated", len(rows))
            return len(rows)


async def _settle(connection: Connection, batch: Sequence[Entry]) -> None:
    balances = sorted({balance for entry in batch for balance in entry.balances})
    async with connection.transaction():
        if balances:
            await connection.execute(statement("lock_balances"), {"balances": balances})
        records = b"[" + b",".join(entry.text for entry in batch) + b"]"
        await connection.execute(statement("settle"), {"records": records.decode()})
