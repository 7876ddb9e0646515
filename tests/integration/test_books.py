"""The books on real connections: exact under concurrency and crash, and each record once."""

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from billing.errors import BudgetExceeded
from controlplane.budgets.models import Allowance, Balance, Process
from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from dataplane.errors import Unavailable
from dataplane.snapshot.model import VirtualKey
from tests import builders
from tests.bookkeeping import CENT, Bookkeeper, alone, as_budget, key_with, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def key(database: str) -> VirtualKey:
    """Budgets at all three levels; the team's is the tightest."""
    builders.team("research")
    row = builders.virtual_key("vk-1", team_id="research")
    of_team = {"owner_type": "team", "customer_id": None, "team_id": "research"}
    of_key = {"owner_type": "virtual_key", "customer_id": None, "virtual_key": row}
    return key_with(
        [
            as_budget(builders.budget("b-customer", limit_usd=Decimal(5))),
            as_budget(builders.budget("b-team", limit_usd=Decimal("1.37"), **of_team)),
            as_budget(builders.budget("b-key", limit_usd=Decimal(3), **of_key)),
        ]
    )


async def buy(
    keeper: Bookkeeper, key: VirtualKey, amount: Decimal = CENT, seconds: float = 0.0
) -> bool:
    try:
        call, reservation = await keeper.reserve(key, amount)
    except BudgetExceeded:
        return False
    await asyncio.sleep(seconds)
    keeper.settle(call, reservation, amount)
    return True


def spent() -> dict[str, Decimal]:
    return {row.budget_id: row.spent_usd for row in Balance.objects.all()}


def change(statement: str, *values: object) -> None:
    """From a connection of its own: Django's belongs to the thread, and not to an event loop."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as outside:
        outside.execute(statement, values)


def nothing_is_held() -> bool:
    return not Allowance.objects.exists() and not Process.objects.exists()


@pytest.mark.parametrize("processes", [2, 4])
def test_exactly_what_has_room_is_granted_over_several_processes(
    key: VirtualKey, folder: Path, processes: int
):
    async def race() -> list[bool]:
        async with AsyncExitStack() as stack:
            keepers = [
                await stack.enter_async_context(Bookkeeper(folder)) for _ in range(processes)
            ]
            tries = [buy(keepers[n % processes], key, seconds=0.01) for n in range(2000)]
            return await asyncio.gather(*tries)

    assert sum(asyncio.run(race())) == 137
    assert set(spent().values()) == {Decimal("1.37")}
    assert nothing_is_held()
    assert verify_books() == []


def test_requests_of_different_sizes_fill_the_budget_to_the_last_cent(
    key: VirtualKey, folder: Path
):
    sizes = random.Random(1)
    amounts = [Decimal(sizes.choice((1, 2, 3, 5, 8))) / 100 for _ in range(1000)]

    async def race() -> None:
        async with Bookkeeper(folder) as one, Bookkeeper(folder) as two:
            pairs = zip((one, two) * 500, amounts, strict=True)
            await asyncio.gather(*(buy(keeper, key, amount) for keeper, amount in pairs))

    asyncio.run(race())

    assert set(spent().values()) == {Decimal("1.37")}
    assert verify_books() == []


def test_money_that_one_process_holds_idle_serves_another(key: VirtualKey, folder: Path):
    async def race() -> bool:
        async with Bookkeeper(folder) as one, Bookkeeper(folder) as two:
            call, reservation = await one.reserve(key, Decimal("1.37"))
            one.books.release(reservation)
            call, reservation = await two.reserve(key, Decimal("1.37"))
            two.settle(call, reservation, Decimal("1.37"))
            return await buy(one, key)

    assert asyncio.run(race()) is False
    assert spent()["b-team"] == Decimal("1.37")


def test_who_waits_gets_what_a_call_in_flight_did_not_use(key: VirtualKey, folder: Path):
    async def race() -> bool:
        async with Bookkeeper(folder) as one, Bookkeeper(folder) as two:
            call, reservation = await one.reserve(key, Decimal("1.37"))
            waiting = asyncio.create_task(buy(two, key, Decimal("1.36")))
            await asyncio.sleep(0.1)
            one.settle(call, reservation, CENT)
            return await waiting

    assert asyncio.run(race()) is True
    assert verify_books() == []


def test_a_refusal_names_the_budget_without_room_and_says_whether_it_is_spent(
    key: VirtualKey, folder: Path
):
    async def work(keeper: Bookkeeper) -> tuple[BudgetExceeded, BudgetExceeded]:
        with pytest.raises(BudgetExceeded) as too_much:
            await keeper.reserve(key, Decimal("1.38"))
        await keeper.reserve(key, Decimal("1.30"))
        with pytest.raises(BudgetExceeded) as in_flight:
            await keeper.reserve(key, Decimal("0.10"))
        return too_much.value, in_flight.value

    too_much, in_flight = alone(folder, work)

    assert (too_much.budget_id, too_much.is_spent) == ("b-team", True)
    assert (in_flight.is_spent, in_flight.reserved_usd) == (False, Decimal("1.30"))
    assert in_flight.limit_usd == Decimal("1.37")


def test_a_lowered_limit_binds_money_that_was_drawn_before(key: VirtualKey, folder: Path):
    async def work(keeper: Bookkeeper) -> bool:
        assert await buy(keeper, key)
        change("UPDATE budgets_budget SET limit_usd = 0.01")
        lowered = [replace(budget, limit_usd=CENT) for budget in key.budgets]
        return await buy(keeper, key_with(lowered))

    assert alone(folder, work) is False
    assert set(spent().values()) == {CENT}


def test_calls_in_flight_at_a_crash_are_booked_as_reserved(key: VirtualKey, folder: Path):
    async def crash() -> None:
        async with Bookkeeper(folder) as keeper:
            call, reservation = await keeper.reserve(key)
            keeper.settle(call, reservation, CENT / 2)
            await keeper.reserve(key, 3 * CENT)
            await keeper.die()

    asyncio.run(crash())
    assert Allowance.objects.exists()
    alone(folder, until_succeeded(folder))

    booked = UsageRecord.objects.order_by("cost_usd")
    assert [(row.cost_usd, row.usage_source) for row in booked] == [
        (CENT / 2, "provider"),
        (3 * CENT, "estimated"),
    ]
    assert booked[1].error_code == "worker_lost"
    assert nothing_is_held()
    assert verify_books() == []


def until_succeeded(folder: Path) -> Callable[[Bookkeeper], object]:
    """Waits until the only journal is the waiting process's own."""

    def journals() -> set[str]:
        return {path.name for path in folder.iterdir() if path.name != "set-aside"}

    async def wait(keeper: Bookkeeper) -> None:
        await until(lambda: journals() == {keeper.process.id})

    return wait


def test_a_journal_that_is_replayed_twice_counts_once(key: VirtualKey, folder: Path):
    async def crash_after_flushing() -> None:
        async with Bookkeeper(folder) as keeper:
            for _ in range(20):
                assert await buy(keeper, key)
            await keeper.flushed()
            await keeper.reserve(key)
            await keeper.die()

    asyncio.run(crash_after_flushing())
    alone(folder, until_succeeded(folder))

    assert UsageRecord.objects.count() == 21
    assert spent()["b-team"] == 21 * CENT
    assert verify_books() == []


@pytest.mark.parametrize("damage", ["truncated", "flipped", "zeroed"])
def test_of_a_damaged_segment_all_before_the_damage_is_booked_and_the_rest_kept(
    key: VirtualKey, folder: Path, damage: str, caplog: pytest.LogCaptureFixture
):
    async def crash() -> None:
        async with Bookkeeper(folder, flush_interval_seconds=5) as keeper:
            for _ in range(10):
                assert await buy(keeper, key)
            await keeper.die()

    asyncio.run(crash())
    [segment] = folder.glob("*/*.segment")
    content = bytearray(segment.read_bytes())
    middle = len(content) // 2
    if damage == "truncated":
        del content[middle:]
    elif damage == "flipped":
        content[middle] ^= 0xFF
    else:
        content[middle:] = bytes(len(content) - middle)
    segment.write_bytes(content)
    alone(folder, until_succeeded(folder))

    assert 3 <= UsageRecord.objects.count() <= 6
    [kept] = (folder / "set-aside").iterdir()
    assert content.endswith(kept.read_bytes())
    assert str(kept) in caplog.text
    assert verify_books() == []


def test_a_record_the_database_refuses_is_set_aside_and_holds_up_no_other(
    key: VirtualKey, folder: Path, caplog: pytest.LogCaptureFixture
):
    async def work(keeper: Bookkeeper) -> None:
        for _ in range(5):
            assert await buy(keeper, key)
        call, reservation = await keeper.reserve(key)
        call.model_requested = "\x00"
        keeper.settle(call, reservation, CENT)
        await keeper.flushed()

    alone(folder, work)

    assert UsageRecord.objects.count() == 5
    [kept] = (folder / "set-aside").iterdir()
    assert str(kept) in caplog.text
    assert verify_books() == []


def test_records_wait_for_a_database_that_is_there_but_cannot_take_them(
    key: VirtualKey, folder: Path
):
    async def work(keeper: Bookkeeper) -> None:
        assert await buy(keeper, key)
        await keeper.flushed()
        change("ALTER TABLE usage_usagerecord RENAME TO usage_elsewhere")
        try:
            assert await buy(keeper, key)
            await asyncio.sleep(0.5)
        finally:
            change("ALTER TABLE usage_elsewhere RENAME TO usage_usagerecord")
        await keeper.flushed()

    alone(folder, work)

    assert UsageRecord.objects.count() == 2
    assert not (folder / "set-aside").exists()
    assert verify_books() == []


def test_a_backend_that_is_killed_while_it_books_or_draws_costs_nothing(
    key: VirtualKey, folder: Path, database: str
):
    generous = key_with([replace(budget, limit_usd=Decimal(5)) for budget in key.budgets])
    change("UPDATE budgets_budget SET limit_usd = 5")

    async def work(keeper: Bookkeeper) -> int:
        bought = 0
        with psycopg.connect(database, autocommit=True) as admin:
            for _ in range(40):
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'purser-dataplane'"
                    " AND datname = current_database()"
                )
                for _ in range(20):
                    try:
                        bought += await buy(keeper, generous)
                    except Unavailable:
                        await asyncio.sleep(0.02)
                await asyncio.sleep(0.01)
        return bought

    bought = alone(folder, work)

    assert bought > 0
    assert UsageRecord.objects.count() == bought
    assert spent()["b-team"] == min(bought * CENT, Decimal(5))
    assert nothing_is_held()
    assert verify_books() == []


def test_a_process_lost_with_its_host_gives_back_when_its_lease_is_over(
    key: VirtualKey, folder: Path, tmp_path: Path
):
    async def lose() -> None:
        async with Bookkeeper(tmp_path / "lost disk") as lost:
            await lost.reserve(key)
            await lost.die()

    asyncio.run(lose())
    change("UPDATE budgets_process SET seen_at = seen_at - interval '1 day'")
    alone(folder, lambda keeper: asyncio.sleep(0.3))

    assert nothing_is_held()
    assert verify_books() == []


def test_a_process_whose_lease_nears_its_end_stops_reserving(key: VirtualKey, folder: Path):
    async def work(keeper: Bookkeeper) -> None:
        keeper.process._trusted_until = 0.0
        with pytest.raises(Unavailable):
            await keeper.reserve(key)

    alone(folder, work)


def test_spend_leaves_a_rolling_window_and_makes_room(database: str, folder: Path):
    hour = key_with([as_budget(builders.budget("b-hour", window="1h", limit_usd=CENT))])

    async def work(keeper: Bookkeeper) -> list[bool]:
        bought = [await buy(keeper, hour), await buy(keeper, hour)]
        await keeper.flushed()
        let_pass(timedelta(hours=2))
        await asyncio.sleep(0.3)  # a refusal is remembered for a moment
        return [*bought, await buy(keeper, hour), await buy(keeper, hour)]

    assert alone(folder, work) == [True, False, True, False]
    assert verify_books() == []


def let_pass(time: timedelta) -> None:
    """As if all that is booked had been booked so much earlier."""
    change("UPDATE usage_usagerecord SET at = at - %s", time)
    change("UPDATE usage_rollup SET hour = hour - %s", time)
    change("UPDATE budgets_balancebucket SET bucket_start = bucket_start - %s", time)


def test_a_settlement_that_comes_after_its_bucket_has_left_counts_no_more(
    database: str, folder: Path
):
    hour = key_with([as_budget(builders.budget("b-hour", window="1h", limit_usd=CENT))])
    earlier = datetime.now(UTC) - timedelta(hours=3)

    async def work(keeper: Bookkeeper) -> None:
        call, reservation = await keeper.reserve(hour, at=earlier)
        keeper.settle(call, reservation, CENT)

    alone(folder, work)

    assert spent() == {"b-hour": 0}
    assert UsageRecord.objects.count() == 1
    assert verify_books() == []


def test_a_new_window_is_opened_by_its_first_draw(key: VirtualKey, folder: Path):
    async def work(keeper: Bookkeeper) -> None:
        for months in (0, 1):
            at = datetime.now(UTC) + timedelta(days=31 * months)
            call, reservation = await keeper.reserve(key, Decimal("1.37"), at=at)
            keeper.settle(call, reservation, Decimal("1.37"))

    alone(folder, work)

    assert Balance.objects.filter(budget_id="b-team").count() == 2
    assert verify_books() == []


def test_a_soft_budget_is_counted_without_being_drawn_from(database: str, folder: Path):
    soft = key_with([as_budget(builders.budget(enforcement="soft", limit_usd=CENT))])

    async def work(keeper: Bookkeeper) -> list[bool]:
        return [await buy(keeper, soft) for _ in range(3)]

    assert alone(folder, work) == [True, True, True]
    assert spent() == {"acme-month": 3 * CENT}
    assert verify_books() == []
