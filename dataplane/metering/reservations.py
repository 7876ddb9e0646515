"""Setting money aside before a call: on every budget of the path, or the call is refused.

One statement a reservation, committed before the upstream is called, so that limits hold over all
processes and a crash leaves no call unknown: the reservation carries the record that is booked if
nobody settles it.
"""

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from billing.budgets import Budget
from billing.errors import BudgetExceeded
from billing.sql import statement
from dataplane.database import DATABASE_GONE, Connection, Database
from dataplane.errors import Unavailable
from dataplane.metering.books import Record

BALANCES_KNOWN_MAX = 100_000
# Told of every budget that was asked, and how much of it was spent or reserved.
Observe = Callable[[Budget, Decimal], None]

PAUSE_SECONDS = 0.05
PAUSE_SECONDS_MAX = 0.4


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for one attempt, and the balances it came from."""

    request_id: str
    reserved_usd: Decimal
    balances: tuple[int, ...]


class Reservations:
    """Reserves and releases. Settling is the books' affair."""

    def __init__(
        self,
        database: Database,
        *,
        lease_seconds: float,
        wait_seconds: float,
        observe: Observe = lambda budget, used_usd: None,
    ) -> None:
        self._database = database
        self._observe = observe
        self._lease_seconds = lease_seconds
        self._wait_seconds = wait_seconds
        self._balance_ids: OrderedDict[tuple[str, str, datetime], int] = OrderedDict()

    async def reserve(
        self, record: Record, at: datetime, budgets: Sequence[Budget], amount_usd: Decimal
    ) -> Reservation:
        """Raises `BudgetExceeded`, or `Unavailable` when there is no ledger to ask.

        `record` is what to book if this process dies before it settles. Money that others have
        reserved may come back in a moment, so the refusal waits for it a little.
        """
        deadline = time.monotonic() + self._wait_seconds
        pause = PAUSE_SECONDS
        while True:
            outcome = await self._try(record, at, budgets, amount_usd)
            if isinstance(outcome, Reservation):
                return outcome
            if not _could_fit_later(outcome, amount_usd) or time.monotonic() >= deadline:
                raise _budget_exceeded(outcome, budgets, amount_usd)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    async def release(self, reservation: Reservation) -> None:
        """Gives it back whole. If the ledger is gone, expiry will."""
        try:
            async with self._database.connection() as connection:
                await connection.execute(
                    statement("release"),
                    {
                        "request_id": reservation.request_id,
                        "balances": list(reservation.balances),
                    },
                )
        except DATABASE_GONE:
            return

    async def _try(
        self, record: Record, at: datetime, budgets: Sequence[Budget], amount_usd: Decimal
    ) -> Reservation | DictRow:
        """The reservation, or the row of the first balance without room."""
        try:
            async with self._database.connection() as connection:
                outcome = await self._reserve(connection, record, at, budgets, amount_usd)
                if not isinstance(outcome, Reservation) and await self._roll(
                    connection, budgets, outcome
                ):
                    outcome = await self._reserve(connection, record, at, budgets, amount_usd)
                return outcome
        except DATABASE_GONE as error:
            raise Unavailable.ledger() from error

    async def _reserve(
        self,
        connection: Connection,
        record: Record,
        at: datetime,
        budgets: Sequence[Budget],
        amount_usd: Decimal,
    ) -> Reservation | DictRow:
        balances = await self._balances(connection, budgets, at)
        cursor = await connection.execute(
            statement("reserve"),
            {
                "request_id": record["request_id"],
                "at": at,
                "virtual_key_id": record["virtual_key_id"],
                "amount_usd": amount_usd,
                "balances": list(balances),
                "record": Jsonb({**record, "balances": list(balances)}),
                "lease_seconds": self._lease_seconds,
            },
        )
        verdict = await cursor.fetchall()
        if len(verdict) != len(balances):
            self._balance_ids.clear()
            raise Unavailable.ledger()
        by_id = {budget.id: budget for budget in budgets}
        for row in verdict:
            self._observe(by_id[row["budget_id"]], row["spent_usd"] + row["reserved_usd"])
        refused = [row for row in verdict if not row["fits"]]
        return refused[0] if refused else Reservation(record["request_id"], amount_usd, balances)

    async def _roll(
        self, connection: Connection, budgets: Sequence[Budget], refusal: DictRow
    ) -> bool:
        """Lets spend leave the window that refused, if it is a rolling one; whether any did."""
        budget = next(budget for budget in budgets if budget.id == refusal["budget_id"])
        if budget.rolling_length is None:
            return False
        cursor = await connection.execute(
            statement("roll"), {"balance_id": refusal["id"], "length": budget.rolling_length}
        )
        return cursor.rowcount > 0

    async def _balances(
        self, connection: Connection, budgets: Sequence[Budget], at: datetime
    ) -> tuple[int, ...]:
        """The balances of the path's current windows, opened where this is the first draw."""
        return tuple(sorted([await self._balance(connection, budget, at) for budget in budgets]))

    async def _balance(self, connection: Connection, budget: Budget, at: datetime) -> int:
        window = budget.window(at)
        known = self._balance_ids.get((budget.id, budget.period, window.start))
        if known is not None:
            return known
        place = {
            "budget_id": budget.id,
            "period": budget.period,
            "window_start": window.start,
            "window_end": window.end,
        }
        await connection.execute(statement("open_balance"), place)
        row = await (await connection.execute(statement("find_balance"), place)).fetchone()
        assert row is not None, "it was opened a statement ago, and balances are never deleted"
        self._balance_ids[budget.id, budget.period, window.start] = row["id"]
        if len(self._balance_ids) > BALANCES_KNOWN_MAX:
            self._balance_ids.popitem(last=False)
        balance_id: int = row["id"]
        return balance_id


def _could_fit_later(refusal: DictRow, amount_usd: Decimal) -> bool:
    """Whether only reservations of others are in the way, not what is spent."""
    return bool(refusal["spent_usd"] + amount_usd <= refusal["limit_usd"])


def _budget_exceeded(
    refusal: DictRow, budgets: Sequence[Budget], amount_usd: Decimal
) -> BudgetExceeded:
    budget = next(budget for budget in budgets if budget.id == refusal["budget_id"])
    return BudgetExceeded(
        budget_id=budget.id,
        owner_type=budget.owner_type,
        owner_id=budget.owner_id,
        limit_usd=refusal["limit_usd"],
        spent_usd=refusal["spent_usd"],
        reserved_usd=refusal["reserved_usd"],
        requested_usd=amount_usd,
        window_end=refusal["window_end"],
    )
