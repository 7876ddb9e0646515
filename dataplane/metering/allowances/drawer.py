"""Drawing from balances and giving back: the one task of a process that moves allowances.

Draws go one at a time, and all who wait share one, so that a thousand first requests cost a few
statements. Who waits and finds too little gives back what it holds, asks again after a moment, and
is refused when the money is spent, or when what others have reserved does not come back in time.
"""

import asyncio
import contextlib
import logging
import random
import time
from decimal import Decimal

import psycopg
from psycopg.rows import DictRow

from billing.allowances import Allowance
from billing.budgets import Budget
from billing.money import ZERO
from billing.periods import Window
from dataplane.database import DATABASE_GONE, Connection, Database
from dataplane.errors import Unavailable
from dataplane.metering.allowances import slices
from dataplane.metering.allowances.holdings import Holdings
from dataplane.metering.allowances.process import Process
from dataplane.metering.allowances.slices import Ask
from dataplane.metering.allowances.waiting import Room, Waiter, WaitingRoom

log = logging.getLogger(__name__)

TICK_SECONDS = 0.15
PAUSE_SECONDS = 0.05
PAUSE_SECONDS_MAX = 0.4
TIDY_SECONDS = 60.0


class Drawer:
    """Runs until cancelled. Everything it touches belongs to the one event loop."""

    def __init__(
        self, database: Database, process: Process, *, wait_seconds: float, flushing: asyncio.Lock
    ) -> None:
        self._database = database
        self._process = process
        self._wait_seconds = wait_seconds
        self._flushing = flushing
        self._holdings = Holdings()
        self._waiting = WaitingRoom()
        self._refills: set[Allowance] = set()
        self._recalls: set[Allowance] = set()
        self._wake = asyncio.Event()
        self._wake.set()
        self._pause = PAUSE_SECONDS
        self._draw_at = 0.0
        self._tidy_at = time.monotonic() + TIDY_SECONDS

    @property
    def version(self) -> int:
        """Rises when allowances were forgotten that somebody may remember."""
        return self._holdings.version

    def allowance(self, budget: Budget, window: Window) -> Allowance:
        """The allowance of a budget's window. A lowered limit calls in what is idle of it."""
        allowance = self._holdings.find(budget, window, time.monotonic())
        if budget.limit_usd != allowance.budget.limit_usd:
            self._waiting.reconsider(allowance)
            self._call_in(allowance)
        allowance.budget = budget
        return allowance

    def refill(self, allowance: Allowance) -> None:
        """Draws ahead, in the background."""
        if allowance not in self._refills:
            self._refills.add(allowance)
            self._wake.set()

    def something_is_free(self) -> None:
        """Money came back: perhaps enough for someone who waits."""
        if self._waiting.is_occupied:
            self._wake.set()

    def recall(self, balance_id: int) -> None:
        """Another process comes short of this balance."""
        if (allowance := self._holdings.by_balance(balance_id)) is not None:
            self._call_in(allowance)

    async def obtain(self, path: tuple[Allowance, ...], amount_usd: Decimal) -> None:
        """Reserves the amount on the whole path. Raises `BudgetExceeded` or `Unavailable`."""
        now = time.monotonic()
        self._waiting.refuse_again(path, amount_usd, now)
        if self._database.is_gone:
            raise Unavailable.ledger()
        self._draw_at = min(self._draw_at, now)
        self._wake.set()
        await self._waiting.wait(Waiter(path, amount_usd, now + self._wait_seconds))

    async def run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._idle_seconds()):
                    await self._wake.wait()
            self._wake.clear()
            await self._step()

    def _idle_seconds(self) -> float:
        if not self._waiting.is_occupied:
            return TICK_SECONDS
        return min(TICK_SECONDS, max(0.0, self._draw_at - time.monotonic()))

    async def _step(self) -> None:
        try:
            if self._process.is_in_doubt:
                await self._reconcile()
            await self._give_back()
            self._waiting.serve({}, time.monotonic())
            await self._draw()
            await self._tidy()
        except DATABASE_GONE:
            self._lose_ledger()
        except psycopg.Error:
            log.exception("the ledger refused a statement")
            self._lose_ledger()

    def _lose_ledger(self) -> None:
        """Nobody knows now whether the last statement counted; those who wait are told."""
        self._process.is_in_doubt = True
        self._refills.clear()
        self._waiting.dismiss()

    async def _reconcile(self) -> None:
        """Fences off what may still be under way, then believes the database."""
        async with self._flushing, self._database.connection() as connection:
            await self._process.register(connection)
            drawn = await slices.drawn(connection, self._process)
            for allowance in self._holdings:
                allowance.reconcile(drawn.pop(allowance.balance_id or 0, ZERO))
            await slices.give_back(connection, self._process, drawn)
            self._process.is_in_doubt = False

    def _call_in(self, allowance: Allowance) -> None:
        allowance.return_free()
        self._recalls.add(allowance)
        self._wake.set()

    async def _give_back(self) -> None:
        called_in = self._recalls | self._holdings.idle(time.monotonic())
        self._recalls = set()
        amounts: dict[int, Decimal] = {}
        for allowance in called_in:
            allowance.return_free()
            if allowance.balance_id is not None and allowance.returning_usd:
                amounts[allowance.balance_id] = allowance.returning_usd
        if not amounts:
            return
        async with self._database.connection() as connection:
            given = await slices.give_back(connection, self._process, amounts)
        for balance_id in given:
            if (returned := self._holdings.by_balance(balance_id)) is not None:
                returned.returned(amounts[balance_id])
        if len(given) < len(amounts):
            self._process.is_in_doubt = True

    async def _tidy(self) -> None:
        """Drops the rows of what was given back whole, every now and then."""
        now = time.monotonic()
        if now < self._tidy_at:
            return
        async with self._database.connection() as connection:
            await slices.forget_empty(connection, self._process)
        self._tidy_at = now + TIDY_SECONDS

    async def _draw(self) -> None:
        now = time.monotonic()
        asks = {} if self._waiting.is_occupied and now < self._draw_at else self._asks(now)
        if not asks:
            return
        async with self._database.connection() as connection:
            rooms = await self._granted(connection, asks)
        self._waiting.serve(rooms, time.monotonic())
        if not self._waiting.is_occupied:
            self._pause = PAUSE_SECONDS
            return
        self._draw_at = time.monotonic() + self._pause * random.uniform(0.5, 1.5)
        self._pause = min(2 * self._pause, PAUSE_SECONDS_MAX)
        self._recalls |= self._waiting.allowances
        self._wake.set()

    def _asks(self, now: float) -> dict[Allowance, Ask]:
        """What those who wait miss of each allowance, and what is running low."""
        needs = dict.fromkeys(self._refills, ZERO) | self._waiting.needs()
        self._refills = set()
        asks = {}
        for allowance, need in needs.items():
            want = max(need, allowance.want_usd(need, now))
            if want > 0:
                asks[allowance] = Ask(need, want)
            else:
                allowance.granted(ZERO, ZERO, now)
        return asks

    async def _granted(
        self, connection: Connection, asks: dict[Allowance, Ask]
    ) -> dict[Allowance, Room]:
        """Draws, and draws again where a rolling window made room."""
        await slices.open_balances(connection, [a for a in asks if a.balance_id is None])
        self._waiting.dismiss({a for a in asks if a.balance_id is None})
        rows = await self._drawn(connection, asks)
        short = [a for a, row in rows.items() if row["granted_usd"] < asks[a].need_usd]
        rolled = await slices.roll(connection, short)
        rows |= await self._drawn(
            connection, {a: asks[a].less(rows[a]["granted_usd"]) for a in rolled}
        )
        return {allowance: Room.of(allowance, row) for allowance, row in rows.items()}

    async def _drawn(
        self, connection: Connection, asks: dict[Allowance, Ask]
    ) -> dict[Allowance, DictRow]:
        by_balance = {a.balance_id: a for a in asks if a.balance_id is not None}
        found = await slices.draw(
            connection, self._process, {balance: asks[a] for balance, a in by_balance.items()}
        )
        if len(found) < len(by_balance):
            self._process.is_in_doubt = True
        rows = {by_balance[balance]: row for balance, row in found.items()}
        now = time.monotonic()
        for allowance, row in rows.items():
            allowance.granted(row["granted_usd"], asks[allowance].want_usd, now)
            self._holdings.learn(allowance)
        return rows
