"""What one data-plane process has of the ledger, without the HTTP around it."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing.budgets import Budget
from billing.price_books import PriceBook
from dataplane.clock import Clock
from dataplane.database import Database
from dataplane.metering.allowances.process import Process
from dataplane.metering.allowances.reserving import Reservation
from dataplane.metering.books import Books
from dataplane.metering.records import Consumption, usage_record
from dataplane.presence import Presence
from dataplane.request import Endpoint, GatewayRequest
from dataplane.settings import Settings
from dataplane.snapshot.model import Deployment, Provider, RateLimits, VirtualKey
from dataplane.telemetry import Telemetry

CENT = Decimal("0.01")
NO_LIMITS = RateLimits(None, None, None)
FAR = Provider("far", "openai", "", "", "", "", {}, {}, "openai", {})
MODEL = Deployment("far/gpt-4o", "gpt-4o", FAR, "gpt-4o", None, None, PriceBook(()), None)


def as_budget(row: Any) -> Budget:
    """A configured budget as the data plane has it."""
    hard = row.enforcement == "hard"
    return Budget(
        row.id, row.owner_type, row.owner_id, row.limit_usd, row.window, row.timezone, hard
    )


def key_with(budgets: Sequence[Budget]) -> VirtualKey:
    nothing: Any = ((), (), ())
    return VirtualKey(
        "vk-1", "acme", None, True, None, None, False, *nothing, NO_LIMITS, (), {}, tuple(budgets)
    )


class Bookkeeper:
    """The books of one process, with their tasks running while it is entered."""

    def __init__(self, journal_dir: Path, **settings: Any) -> None:
        given = {"database_connections_max": 4, "reserve_wait_seconds": 0.5, **settings}
        self.settings = replace(Settings.from_env(), journal_dir=journal_dir, **given)
        self.database = Database(self.settings)
        self.telemetry = Telemetry()
        self.clock = Clock()
        self.process = Process(
            uuid.uuid4().hex,
            "here",
            self.clock,
            lease_seconds=self.settings.process_lease_seconds,
            margin_seconds=self.settings.lease_seconds,
        )

    async def __aenter__(self) -> "Bookkeeper":
        self.books = Books(self.database, self.process, self.telemetry, self.settings)
        await self.database.open()
        self.tasks = [asyncio.create_task(work) for work in self.books.work]
        await until(lambda: self.process.generation > 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self.tasks:
            await self.books.close(5)
            await self.die()

    async def die(self) -> None:
        """As `kill -9` would have it: nothing is flushed, nothing given back."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks = []
        self.books.leave()
        await self.database.close()

    async def reserve(
        self, key: VirtualKey, amount: Decimal = CENT, at: datetime | None = None
    ) -> tuple[GatewayRequest, Reservation]:
        now = at or self.clock.now()
        call = GatewayRequest.new(Endpoint.CHAT_COMPLETIONS, {}, Presence(), now)
        call.key = key
        return call, await self.books.reserve(call, key, MODEL, amount)

    def settle(self, call: GatewayRequest, reservation: Reservation, cost_usd: Decimal) -> None:
        record = usage_record(
            call,
            status=200,
            deployment=MODEL,
            consumed=Consumption(source="provider", cost_usd=cost_usd),
            reserved_usd=reservation.reserved_usd,
            windows=reservation.path.windows,
        )
        self.books.settle(record, reservation, cost_usd)

    async def flushed(self) -> None:
        """Until everything settled is in the books."""
        await until(lambda: not self.books.pending)


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Returns as soon as it holds."""
    for _ in range(int(seconds / 0.01)):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {seconds} s")


def alone(journal_dir: Path, work: Callable[[Bookkeeper], Awaitable[Any]], **settings: Any) -> Any:
    """Runs `work` in a process of its own; the ledger is read afterwards, outside its loop."""

    async def run() -> Any:
        async with Bookkeeper(journal_dir, **settings) as keeper:
            return await work(keeper)

    return asyncio.run(run())
