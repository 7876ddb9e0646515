"""The statements of rate limits, over a connection that the drawer keeps to itself.

Draws wait for nobody else's work that way, and cost one round trip instead of two.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg.rows import DictRow

from dataplane.access.rates.slot_clock import HORIZON_SLOTS, WINDOW_SLOTS
from dataplane.database import Connection, Database

DRAW = """
    SELECT * FROM rate_draw(
        %(process)s, %(slot_seconds)s, %(window_slots)s, %(horizon_slots)s, %(patience_slots)s,
        %(asks)s::jsonb
    )
"""
BEAT = "SELECT * FROM rate_beat(%(process)s, %(slot_seconds)s, %(lease_seconds)s, %(may_reap)s)"
SWEEP = """
    SELECT rate_sweep(%(slot_seconds)s, %(window_slots)s, %(horizon_slots)s, %(most)s) AS swept
"""
LEAVE = "SELECT rate_leave(%(process)s)"

SWEPT_MAX = 20_000


class RateDraws:
    """Asks the database. Any error means that it is not known what came of it."""

    def __init__(self, database: Database, process_id: str, slot_seconds: float) -> None:
        self._database = database
        self._parameters = {
            "process": process_id,
            "slot_seconds": slot_seconds,
            "window_slots": WINDOW_SLOTS,
            "horizon_slots": HORIZON_SLOTS,
        }
        self._connection: Connection | None = None

    async def draw(self, asks: Sequence[dict[str, Any]], patience_slots: int) -> list[DictRow]:
        """A row for each key asked for."""
        text = msgspec.json.encode(asks).decode()
        return await self._execute(DRAW, patience_slots=patience_slots, asks=text)

    async def beat(self, lease_seconds: float, *, may_reap: bool) -> DictRow:
        rows = await self._execute(BEAT, lease_seconds=lease_seconds, may_reap=may_reap)
        return rows[0]

    async def leave(self) -> None:
        await self._execute(LEAVE)

    async def sweep(self) -> None:
        """Removes what counts no more. On a connection of the pool: it may take its time."""
        async with self._database.connection() as connection:
            swept = SWEPT_MAX
            while swept == SWEPT_MAX:
                cursor = await connection.execute(SWEEP, {**self._parameters, "most": SWEPT_MAX})
                swept = (await cursor.fetchall())[0]["swept"]

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _execute(self, query: str, **parameters: object) -> list[DictRow]:
        if self._connection is None:
            self._connection = await self._database.connect()
        is_heard = False
        try:
            cursor = await self._connection.execute(query, {**self._parameters, **parameters})
            rows = await cursor.fetchall()
            is_heard = True
            return rows
        finally:
            if not is_heard:
                await self.close()
