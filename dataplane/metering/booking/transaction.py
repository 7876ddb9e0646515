"""Booking a batch of usage records: one transaction, each record exactly once.

The batch comes in by COPY, a JSON object a line. What is in the books already is passed over; for
the rest money moves from the allowances of the process that settled it to what is spent, and the
hourly rollup grows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import DictRow

from billing.sql import statement
from dataplane.database import Connection

# A record is at fault. Anything else (read-only after a failover, a table that a migration is
# changing) is the database's, and passes.
RECORD_AT_FAULT = (psycopg.DataError, psycopg.IntegrityError)
STEPS = ("open_staged", "lock_staged", "book")


class FencedOff(Exception):
    """The ledger does not know the process in this generation any more."""


async def prepare(connection: Connection) -> None:
    """Makes the tables a flush works in; once a connection."""
    for command in statement("stage_tables").split(";"):
        await connection.execute(command)


@dataclass(slots=True)
class Outcome:
    """What became of a batch: a row for each balance booked on, and what the database refused."""

    rows: list[DictRow] = field(default_factory=list)
    refused: dict[int, psycopg.Error] = field(default_factory=dict)
    """By position in the batch."""


async def book(connection: Connection, identity: dict[str, Any], texts: Sequence[bytes]) -> Outcome:
    """Raises `FencedOff`, or what the database says: then nobody knows what was booked."""
    outcome = Outcome()
    await _book_or_bisect(connection, identity, texts, 0, outcome)
    return outcome


async def _book_or_bisect(
    connection: Connection,
    identity: dict[str, Any],
    texts: Sequence[bytes],
    position: int,
    outcome: Outcome,
) -> None:
    """A batch spoilt by its data is halved until the culprit is alone."""
    try:
        outcome.rows += await _book(connection, identity, texts)
    except RECORD_AT_FAULT as error:
        if len(texts) == 1:
            outcome.refused[position] = error
            return
        middle = len(texts) // 2
        await _book_or_bisect(connection, identity, texts[:middle], position, outcome)
        await _book_or_bisect(connection, identity, texts[middle:], position + middle, outcome)


async def _book(
    connection: Connection, identity: dict[str, Any], texts: Sequence[bytes]
) -> list[DictRow]:
    async with connection.transaction():
        fence = await connection.execute(statement("fence"), identity)
        if fence.rowcount == 0:
            raise FencedOff
        async with connection.cursor().copy(statement("stage")) as copy:
            await copy.write(b"\n".join(texts).replace(b"\\", b"\\\\") + b"\n")
        for step in STEPS:
            await connection.execute(statement(step))
        moved = await (await connection.execute(statement("settle"), identity)).fetchall()
        await connection.execute(statement("roll_up"))
        return moved
