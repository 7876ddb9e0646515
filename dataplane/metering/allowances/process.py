"""This process as the ledger knows it: an id, a generation that fences it, and a heartbeat.

A lease outlives the longest call and the longest outage that are to be survived. A process that
has not been heard for as long is taken for dead and its allowances go back, so it stops reserving
well before: by then, whatever it reserved last must have ended.
"""

import asyncio
import contextlib
import time
from datetime import datetime
from typing import Any

import psycopg

from billing.sql import statement
from dataplane.clock import Clock
from dataplane.database import DATABASE_GONE, Connection, Database

HEARTBEAT_SECONDS = 10.0


class Process:
    """The identity under which this process draws and books."""

    def __init__(
        self,
        process_id: str,
        host: str,
        clock: Clock,
        *,
        lease_seconds: float,
        margin_seconds: float,
    ) -> None:
        self.id = process_id
        self.host = host
        self.generation = 0
        self.is_in_doubt = True
        """An answer of the ledger was lost, or none came yet: memory and ledger may differ."""
        self._clock = clock
        self._trust_seconds = lease_seconds - margin_seconds
        self._trusted_until = 0.0

    @property
    def is_trusted(self) -> bool:
        """Whether the lease lasts long enough for a call that begins now to end within it."""
        return time.monotonic() < self._trusted_until

    @property
    def identity(self) -> dict[str, Any]:
        """The parameters by which every statement that moves money is fenced."""
        return {"process": self.id, "generation": self.generation}

    async def register(self, connection: Connection) -> None:
        """Begins a generation: nothing begun in an earlier one can move money any more."""
        asked_at = time.monotonic()
        parameters = {"process": self.id, "host": self.host}
        row = await (await connection.execute(statement("register"), parameters)).fetchone()
        assert row is not None, "an upsert answers its row"
        self.generation = row["generation"]
        self._heard(row["now"], asked_at)

    async def beat(self, connection: Connection) -> None:
        asked_at = time.monotonic()
        row = await (await connection.execute(statement("heartbeat"), self.identity)).fetchone()
        if row is None:
            self.is_in_doubt = True
        else:
            self._heard(row["now"], asked_at)

    async def run(self, database: Database) -> None:
        """Beats, until cancelled. Without a database the lease runs on towards its end."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with contextlib.suppress(*DATABASE_GONE, psycopg.Error):
                async with database.connection() as connection:
                    await self.beat(connection)

    def _heard(self, now: datetime, asked_at: float) -> None:
        self._clock.set(now)
        self._trusted_until = asked_at + self._trust_seconds
