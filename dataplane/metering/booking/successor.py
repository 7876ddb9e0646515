"""What a dead process left behind: its journal is booked, then its allowances go back.

In that order, since money that goes back may be spent again. A journal is orphaned when its lock
is free: at the next start on the host, or by a survivor within seconds. Where host and journal are
gone together, only the lease tells, and what was in flight there is lost with the disk.
"""

import asyncio
import logging
from pathlib import Path
from typing import Any

import psycopg

from billing.sql import statement
from dataplane.database import DATABASE_GONE, Connection, Database
from dataplane.metering.allowances import slices
from dataplane.metering.booking.transaction import FencedOff, book, prepare
from dataplane.metering.journal import folder
from dataplane.metering.journal.folder import Folder
from dataplane.metering.journal.intents import lost_record
from dataplane.metering.journal.reader import Orphan, read
from dataplane.telemetry import Telemetry

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
BATCH_MAX = 1000


class Successor:
    """Looks for orphans, every now and then, until cancelled."""

    def __init__(
        self, database: Database, root: Path, telemetry: Telemetry, *, lease_seconds: float
    ) -> None:
        self._database = database
        self._root = root
        self._telemetry = telemetry
        self._lease_seconds = lease_seconds

    async def run(self) -> None:
        while True:
            try:
                await self.succeed()
            except (*DATABASE_GONE, psycopg.Error, FencedOff, OSError) as error:
                log.warning("orphaned journals have to wait: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def succeed(self) -> None:
        """Books every orphaned journal of this host, and ends processes lost with their host."""
        for orphan in folder.orphans(self._root):
            try:
                await self._adopt(orphan)
            except BaseException:
                orphan.leave()
                raise
        await self._end_lost()

    async def _adopt(self, orphan: Folder) -> None:
        left = await asyncio.to_thread(read, orphan)
        connection = await self._database.connect()
        try:
            await prepare(connection)
            identity = await slices.adopt(connection, orphan.process_id)
            await self._book(connection, identity, orphan, left)
            await slices.release_process(connection, orphan.process_id)
        finally:
            await connection.close()
        self._report(orphan, left)
        await asyncio.to_thread(orphan.remove)

    async def _book(
        self, connection: Connection, identity: dict[str, Any], orphan: Folder, left: Orphan
    ) -> None:
        texts = [*left.records.values(), *map(lost_record, left.intents.values())]
        for start in range(0, len(texts), BATCH_MAX):
            batch = texts[start : start + BATCH_MAX]
            outcome = await book(connection, identity, batch)
            for position, error in outcome.refused.items():
                path = orphan.set_aside(f"{start + position}.json", batch[position])
                self._telemetry.record_set_aside()
                log.error("a record was refused (%s) and is set aside in %s", error.sqlstate, path)

    def _report(self, orphan: Folder, left: Orphan) -> None:
        log.warning(
            "process %s is gone: %d records of its journal booked, %d calls as estimated",
            orphan.process_id,
            len(left.records),
            len(left.intents),
        )
        for path in left.set_aside:
            self._telemetry.journal_damaged()
            log.error("a journal segment is damaged; what cannot be read is set aside in %s", path)

    async def _end_lost(self) -> None:
        """By the lease alone: nobody can say any more what was in flight there."""
        lease = {"lease_seconds": self._lease_seconds}
        async with self._database.connection() as connection, connection.transaction():
            cursor = await connection.execute(statement("lost_processes"), lease)
            for lost in await cursor.fetchall():
                await slices.release_process(connection, lost["id"])
                log.error("process %s on host %s is lost; its allowances went back", *lost.values())
