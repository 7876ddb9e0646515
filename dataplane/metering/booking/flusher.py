"""Moving records from memory to the books, a batch every now and then.

What cannot be booked because the database is gone is kept and tried again; the journal has it
should this process die meanwhile. A record that the database refuses is set aside and named, so
that it cannot hold up the others.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import psycopg
from psycopg.rows import DictRow

from billing.allowances import Allowance
from billing.money import ZERO
from dataplane.contract import channels
from dataplane.database import DATABASE_GONE, Connection, Database
from dataplane.metering.allowances.process import Process
from dataplane.metering.booking.transaction import FencedOff, Outcome, book, prepare
from dataplane.metering.journal.writer import Journal, Segment
from dataplane.telemetry import Telemetry

log = logging.getLogger(__name__)

BATCH_MAX = 1000
RETRY_SECONDS = 0.25
# Pages that show what happens now look again this often at most.
ANNOUNCED_SECONDS = 1.0

Flushed = Callable[[Mapping[Allowance, Decimal], Sequence[DictRow]], None]


@dataclass(slots=True, eq=False)
class Entry:
    """A record on its way into the books, and the allowances that its cost comes out of."""

    request_id: str
    text: bytes
    cost_usd: Decimal
    allowances: tuple[Allowance, ...]
    segment: Segment | None
    booked: asyncio.Future[None] | None = None


class Flusher:
    """The queue of records to book, and the task that books them."""

    def __init__(
        self,
        database: Database,
        process: Process,
        journal: Journal,
        telemetry: Telemetry,
        *,
        flushed: Flushed,
        flushing: asyncio.Lock,
        interval_seconds: float,
    ) -> None:
        self._database = database
        self._process = process
        self._journal = journal
        self._telemetry = telemetry
        self._flushed = flushed
        self._flushing = flushing
        self._interval_seconds = interval_seconds
        self._flushed_at = 0.0
        self._announced_at = 0.0
        self._connection: Connection | None = None
        self._queue: deque[Entry] = deque()
        self._batch: list[Entry] = []
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def pending(self) -> int:
        return len(self._queue) + len(self._batch)

    def add(self, entry: Entry) -> None:
        self._queue.append(entry)
        if len(self._queue) == 1:
            self._wake.set()
            self._empty.clear()

    async def wait_for(self, entry: Entry, seconds: float) -> None:
        """Returns when the entry is booked or set aside, or after this long."""
        entry.booked = asyncio.get_running_loop().create_future()
        await asyncio.wait([entry.booked], timeout=seconds)

    async def drain(self, seconds: float) -> bool:
        """Waits until everything is booked, at most this long; whether it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        return not self.pending

    async def run(self) -> None:
        """Books batches until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queue:
                    await self._pause()
                    count = min(BATCH_MAX, len(self._queue))
                    self._batch = [self._queue.popleft() for _ in range(count)]
                    self._telemetry.pending_records(self.pending)
                    await self._book_until_done(self._batch)
                    self._telemetry.pending_records(len(self._queue))
                    self._batch = []
                self._empty.set()
        finally:
            await self._disconnect()

    async def _pause(self) -> None:
        """Not so often that batches stay small; at once after a quiet time, or if one is full."""
        elapsed = time.monotonic() - self._flushed_at
        if elapsed < self._interval_seconds and len(self._queue) < BATCH_MAX:
            await asyncio.sleep(self._interval_seconds - elapsed)
        self._flushed_at = time.monotonic()

    async def _book_until_done(self, batch: Sequence[Entry]) -> None:
        texts = [entry.text for entry in batch]
        while True:
            try:
                async with self._flushing:
                    connection = await self._connected()
                    outcome = await book(connection, self._process.identity, texts)
                    self._close(batch, outcome)
                await self._announce(connection)
                return
            except (*DATABASE_GONE, psycopg.Error, FencedOff) as error:
                # It may have been booked; until the database says so, nobody knows.
                self._process.is_in_doubt = True
                why = type(error).__name__
                log.warning("%d records wait for the database (%s)", self.pending, why)
                await self._disconnect()
                await asyncio.sleep(RETRY_SECONDS)

    async def _announce(self, connection: Connection) -> None:
        """Tells who watches that there are records; that they are booked does not depend on it."""
        now = time.monotonic()
        if now - self._announced_at < ANNOUNCED_SECONDS:
            return
        self._announced_at = now
        with contextlib.suppress(*DATABASE_GONE, psycopg.Error):
            await connection.execute(f"NOTIFY {channels.BOOKED}")

    def _close(self, batch: Sequence[Entry], outcome: Outcome) -> None:
        for position, error in outcome.refused.items():
            self._set_aside(batch[position], error)
        booked = [e for position, e in enumerate(batch) if position not in outcome.refused]
        self._flushed(_costs(booked), outcome.rows)
        for entry in batch:
            self._done(entry)

    def _done(self, entry: Entry) -> None:
        if entry.segment is None:
            self._journal.settled(entry.request_id)
        else:
            self._journal.done(entry.segment)
        if entry.booked is not None and not entry.booked.done():
            entry.booked.set_result(None)

    def _set_aside(self, entry: Entry, error: psycopg.Error) -> None:
        """Its money stays reserved: it was spent, and the books do not know."""
        path = self._journal.folder.set_aside(f"{entry.request_id}.json", entry.text)
        self._telemetry.record_set_aside()
        log.error(
            "record %s was refused by the database (%s) and is set aside in %s",
            entry.request_id,
            error.sqlstate,
            path,
        )

    async def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = await self._database.connect()
            await prepare(self._connection)
        return self._connection

    async def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(*DATABASE_GONE):
                await self._connection.close()
            self._connection = None


def _costs(batch: Sequence[Entry]) -> dict[Allowance, Decimal]:
    costs: dict[Allowance, Decimal] = {}
    for entry in batch:
        for allowance in entry.allowances:
            costs[allowance] = costs.get(allowance, ZERO) + entry.cost_usd
    return costs
