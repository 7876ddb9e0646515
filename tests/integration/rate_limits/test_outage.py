"""Rate limits while the database is gone: what was drawn, then a share, then the truth again."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg

from tests.integration.rate_limits.conftest import Start
from tests.limiters import LimiterProcess, limited_key
from tests.outage import outage

COUNTED = "SELECT coalesce(sum(requests), 0)::int FROM keys_rateslot"


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(200):
        if await look():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("not within ten seconds")


async def two(start: Start) -> tuple[LimiterProcess, LimiterProcess]:
    """Two processes that know of each other, because both have beaten since."""
    first, second = await start(lease_seconds=0.3), await start(lease_seconds=0.3)
    await asyncio.sleep(0.3)
    return first, second


async def test_without_the_database_each_process_serves_its_share(start: Start, database: str):
    key, unknown = limited_key(requests=60), limited_key("vk-2", requests=10)
    first, second = await two(start)
    before = [await first.serve(key) for _ in range(12)]

    with outage(database):
        served = [await first.serve(key) for _ in range(40)]
        others = [await second.serve(unknown) for _ in range(8)]

    assert all(before)
    assert sum(served) == 60 // 2 - 12
    assert others == [True] * 5 + [False] * 3


async def test_what_was_served_in_an_outage_counts_when_the_database_is_back(
    start: Start, database: str
):
    key = limited_key(requests=60)
    process = await start()
    assert await process.serve(key)
    with outage(database):
        served = sum([await process.serve(key) for _ in range(100)])

    with psycopg.connect(database) as connection:

        async def all_are_counted() -> bool:
            return connection.execute(COUNTED).fetchone() >= (60,)

        assert served == 59
        await until(all_are_counted)
    assert not await process.serve(key)


async def test_parallel_requests_are_shared_out_in_an_outage_and_leased_again_after_it(
    start: Start, database: str
):
    key = limited_key(parallel=6)
    first, second = await two(start)
    grants = [await first.take(key) for _ in range(2)]

    with outage(database):
        await asyncio.sleep(0.5)
        grants += await first.take_all(key)
        others = await second.take_all(key)
    assert (len(grants), len(others)) == (3, 3)

    async def all_are_leased_again() -> bool:
        rest = await second.take_all(key)
        others.extend(rest)
        return len(grants) + len(others) == 6

    await until(all_are_leased_again)
    assert not await first.serve(key)
