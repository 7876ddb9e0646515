"""Reservations and settlements on real connections: exact under concurrency, and once each."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from billing.budgets import Budget
from billing.errors import BudgetExceeded
from controlplane.budgets.models import Balance, Reservation
from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from dataplane.database import Database
from dataplane.metering.books import Books
from dataplane.metering.reservations import Reservations
from dataplane.settings import Settings
from dataplane.telemetry import Telemetry
from tests import builders

CENT = Decimal("0.01")


def as_budget(row: Any) -> Budget:
    hard = row.enforcement == "hard"
    return Budget(
        row.id, row.owner_type, row.owner_id, row.limit_usd, row.window, row.timezone, hard
    )


def record(request_id: str, at: datetime, **fields: Any) -> dict[str, Any]:
    """A record as the data plane makes them, for the statements alone."""
    return {
        "request_id": request_id, "at": at.isoformat(), "customer_id": "acme", "team_id": None,
        "virtual_key_id": "vk-1", "metadata": {}, "endpoint": "chat/completions",
        "model_requested": "m", "provider": "p", "model": "m", "status": 200, "error_code": None,
        "streamed": False, "cache": "off", "input_tokens": 1, "cached_input_tokens": 0,
        "cache_write_tokens": 0, "output_tokens": 1, "reasoning_tokens": 0, "token_details": {},
        "usage_source": "provider", "service_tier": "standard", "cost_usd": "0.01",
        "saved_usd": "0", "reserved_usd": "0.01", "price_id": None, "attempts": [],
        "balances": [], "ttft_ms": None, "total_ms": 1.0, "gateway_ms": 1.0, **fields,
    }  # fmt: skip


class Process:
    """What one data-plane process has of the ledger."""

    def __init__(self, **settings: Any) -> None:
        settings = {"database_connections_max": 4, **settings}
        self.settings = replace(Settings.from_env(), **settings)
        self.database = Database(self.settings)
        self.reservations = Reservations(
            self.database, lease_seconds=self.settings.lease_seconds, wait_seconds=0.3
        )
        self.books = Books(self.database, Telemetry(), 1000)

    async def __aenter__(self) -> "Process":
        await self.database.open()
        self.task = asyncio.create_task(self.books.run())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.books.drain(5)
        self.task.cancel()
        await self.database.close()


@pytest.fixture
def path(database: str) -> list[Budget]:
    """Budgets at all three levels; the team's is the tightest."""
    builders.team("research")
    key = builders.virtual_key("vk-1", team_id="research")
    of_team = {"owner_type": "team", "customer_id": None, "team_id": "research"}
    of_key = {"owner_type": "virtual_key", "customer_id": None, "virtual_key": key}
    rows = [
        builders.budget("b-customer", limit_usd=Decimal("5")),
        builders.budget("b-team", limit_usd=Decimal("0.20"), **of_team),
        builders.budget("b-key", limit_usd=Decimal("1"), **of_key),
    ]
    return [as_budget(row) for row in rows]


def run(work: Callable[[Process], Awaitable[Any]], **settings: Any) -> Any:
    """Runs `work` in a process of its own; the ledger is read afterwards, outside its loop."""

    async def alone() -> Any:
        async with Process(**settings) as process:
            return await work(process)

    return asyncio.run(alone())


async def reserve(
    process: Process, request_id: str, path: list[Budget], amount: Decimal = CENT, **fields: Any
) -> Any:
    at = fields.pop("at", datetime.now(UTC))
    return await process.reservations.reserve(record(request_id, at, **fields), at, path, amount)


async def reserve_and_settle(process: Process, request_id: str, path: list[Budget]) -> bool:
    at = datetime.now(UTC)
    try:
        held = await reserve(process, request_id, path, at=at)
    except BudgetExceeded:
        return False
    await process.books.book(record(request_id, at, balances=list(held.balances)))
    return True


def test_exactly_what_has_room_is_granted_over_several_processes(path: list[Budget]):
    async def race() -> list[bool]:
        async with Process() as one, Process() as two:
            tries = [reserve_and_settle((one, two)[n % 2], f"req-{n}", path) for n in range(200)]
            return await asyncio.gather(*tries)

    granted = asyncio.run(race())

    assert sum(granted) == 20
    assert {row.spent_usd for row in Balance.objects.all()} == {Decimal("0.20")}
    assert verify_books() == []


def test_a_refusal_takes_nothing_of_any_balance_and_names_the_one_without_room(path: list[Budget]):
    with pytest.raises(BudgetExceeded) as refusal:
        run(lambda process: reserve(process, "req", path, Decimal("0.21")))

    assert refusal.value.budget_id == "b-team"
    assert {row.reserved_usd for row in Balance.objects.all()} == {Decimal(0)}
    assert not Reservation.objects.exists()


def test_a_released_reservation_leaves_no_trace(path: list[Budget]):
    async def work(process: Process) -> None:
        held = await reserve(process, "req", path)
        await process.reservations.release(held)
        await process.reservations.release(held)

    run(work)

    assert {row.reserved_usd for row in Balance.objects.all()} == {Decimal(0)}
    assert verify_books() == []


def test_a_record_booked_twice_counts_once(path: list[Budget]):
    async def work(process: Process) -> None:
        at = datetime.now(UTC)
        held = await reserve(process, "req", path, at=at)
        for _ in range(2):
            await process.books.book(record("req", at, balances=list(held.balances)))

    run(work)

    assert UsageRecord.objects.count() == 1
    assert {row.spent_usd for row in Balance.objects.all()} == {CENT}


def test_a_record_the_database_refuses_holds_up_no_other(database: str):
    async def work(process: Process) -> None:
        at = datetime.now(UTC)
        records = [record(f"req-{n}", at) for n in range(5)]
        poison = record("poison", at, input_tokens=-1)
        await asyncio.gather(*(process.books.book(entry) for entry in [*records, poison]))

    run(work)

    assert UsageRecord.objects.count() == 5


def test_what_nobody_settles_is_booked_as_reserved_when_its_lease_ends(path: list[Budget]):
    async def work(process: Process) -> None:
        await reserve(process, "lost", path, usage_source="estimated", error_code="worker_lost")
        await process.books.book_expired()

    run(work, upstream_total_timeout_seconds=-80)

    booked = UsageRecord.objects.get()
    assert (booked.usage_source, booked.cost_usd) == ("estimated", CENT)
    assert not Reservation.objects.exists()
    assert verify_books() == []


def test_spend_leaves_a_rolling_window_and_makes_room(database: str):
    builders.virtual_key("vk-1")
    hour = as_budget(builders.budget("b-hour", window="1h", limit_usd=CENT))
    assert run(lambda process: reserve_and_settle(process, "a", [hour]))
    assert not run(lambda process: reserve_and_settle(process, "b", [hour]))

    let_pass(timedelta(minutes=62))

    assert run(lambda process: reserve_and_settle(process, "c", [hour]))
    assert not run(lambda process: reserve_and_settle(process, "d", [hour]))
    assert verify_books() == []


def let_pass(time: timedelta) -> None:
    """As if all that is booked had been booked so much earlier."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE usage_usagerecord SET at = at - %s", [time])
        cursor.execute("UPDATE budgets_balancebucket SET bucket_start = bucket_start - %s", [time])


def test_a_budget_whose_period_changes_starts_anew_and_the_books_still_agree(database: str):
    builders.virtual_key("vk-1")
    row = builders.budget(window="lifetime", limit_usd=CENT)
    for period in ("lifetime", "30d", "7h", "month", "lifetime"):
        row.window = period
        row.save()
        expected = period != "lifetime" or not UsageRecord.objects.exists()
        name = f"req-{UsageRecord.objects.count()}"
        granted = run(
            lambda process, name=name: reserve_and_settle(process, name, [as_budget(row)])
        )
        assert granted is expected, period

    assert verify_books() == []


def test_a_settlement_that_comes_after_its_bucket_has_left_counts_no_more(database: str):
    builders.virtual_key("vk-1")
    hour = as_budget(builders.budget("b-hour", window="1h", limit_usd=CENT))
    earlier = datetime.now(UTC) - timedelta(hours=3)

    async def work(process: Process) -> None:
        held = await reserve(process, "late", [hour], at=earlier)
        await process.books.book(record("late", earlier, balances=list(held.balances)))

    run(work)

    assert Balance.objects.get().spent_usd == 0
    assert UsageRecord.objects.count() == 1
    assert verify_books() == []
