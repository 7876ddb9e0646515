"""The statements that move slices of balances, as functions; one statement a transaction."""

import socket
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from psycopg.rows import DictRow

from billing.allowances import Allowance
from billing.money import ZERO
from billing.sql import statement
from dataplane.database import Connection
from dataplane.metering.allowances.process import Process


@dataclass(frozen=True, slots=True)
class Ask:
    """What a draw asks of one balance: what is needed now, and what is wanted at best."""

    need_usd: Decimal
    want_usd: Decimal

    def less(self, granted_usd: Decimal) -> "Ask":
        return Ask(max(self.need_usd - granted_usd, ZERO), max(self.want_usd - granted_usd, ZERO))


async def open_balances(connection: Connection, allowances: Collection[Allowance]) -> None:
    """Finds the balances of windows this process draws from for the first time."""
    if not allowances:
        return
    places = {
        "budgets": [a.budget.id for a in allowances],
        "periods": [a.budget.period for a in allowances],
        "starts": [a.window.start for a in allowances],
        "ends": [a.window.end for a in allowances],
    }
    await connection.execute(statement("open_balances"), places)
    found = await (await connection.execute(statement("find_balances"), places)).fetchall()
    in_order = list(allowances)
    for row in found:
        in_order[row["position"] - 1].balance_id = row["id"]


async def draw(
    connection: Connection, process: Process, asks: Mapping[int, Ask]
) -> dict[int, DictRow]:
    """A row for each balance asked of; none at all for a process that is fenced off."""
    if not asks:
        return {}
    cursor = await connection.execute(
        statement("draw"),
        {
            **process.identity,
            "balances": list(asks),
            "needs": [ask.need_usd for ask in asks.values()],
            "wants": [ask.want_usd for ask in asks.values()],
        },
    )
    return {row["id"]: row for row in await cursor.fetchall()}


async def give_back(
    connection: Connection, process: Process, amounts: Mapping[int, Decimal]
) -> set[int]:
    """The balances that took their amount back."""
    if not amounts:
        return set()
    cursor = await connection.execute(
        statement("give_back"),
        {
            **process.identity,
            "balances": list(amounts),
            "amounts": list(amounts.values()),
        },
    )
    return {row["id"] for row in await cursor.fetchall()}


async def roll(connection: Connection, allowances: Iterable[Allowance]) -> list[Allowance]:
    """Lets spend leave rolling windows; those from which some did."""
    rolled = []
    for allowance in allowances:
        if (length := allowance.budget.rolling_length) is not None:
            parameters = {"balance_id": allowance.balance_id, "length": length}
            if (await connection.execute(statement("roll"), parameters)).rowcount > 0:
                rolled.append(allowance)
    return rolled


async def drawn(connection: Connection, process: Process) -> dict[int, Decimal]:
    """What the process holds of each balance, as the database has it."""
    parameters = {"process": process.id}
    rows = await (await connection.execute(statement("allowances"), parameters)).fetchall()
    return {row["balance_id"]: row["amount_usd"] for row in rows}


async def forget_empty(connection: Connection, process: Process) -> None:
    """Drops the process's rows that hold nothing. Not while it draws."""
    await connection.execute(statement("forget_empty"), {"process": process.id})


async def adopt(connection: Connection, process_id: str) -> dict[str, Any]:
    """The identity under which a dead process's journal is booked; fences the dead off."""
    parameters = {"process": process_id, "host": socket.gethostname()}
    row = await (await connection.execute(statement("register"), parameters)).fetchone()
    assert row is not None, "an upsert answers its row"
    return {"process": process_id, "generation": row["generation"]}


async def release_process(connection: Connection, process_id: str) -> None:
    """Gives back all that a process holds, and forgets it."""
    await connection.execute(statement("release_process"), {"process": process_id})
