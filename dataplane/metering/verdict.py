"""Showing what the last verification of the books found: an alert can stand on the metric."""

import asyncio
import logging

import psycopg

from billing.sql import statement
from dataplane.database import DATABASE_GONE, Database
from dataplane.telemetry import Telemetry

log = logging.getLogger(__name__)

LAST_VERDICT = statement("last_verdict")
LOOK_SECONDS = 30.0


async def watch_verdicts(database: Database, telemetry: Telemetry) -> None:
    """Looks for the last verdict now and then, until cancelled."""
    while True:
        try:
            await _show_last(database, telemetry)
        except (*DATABASE_GONE, psycopg.Error):
            log.debug("the last verdict on the books cannot be read now")
        await asyncio.sleep(LOOK_SECONDS)


async def _show_last(database: Database, telemetry: Telemetry) -> None:
    async with database.connection() as connection:
        row = await (await connection.execute(LAST_VERDICT)).fetchone()
    if row is not None:
        telemetry.books_verified(row["at"], row["differences"])
