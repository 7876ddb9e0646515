"""Parallel requests of a key: slots leased to processes, never more in flight than the limit."""

import asyncio
import random
import time

import pytest

from dataplane.errors import RateLimited
from dataplane.snapshot.model import VirtualKey
from tests.integration.rate_limits.conftest import Start
from tests.limiters import LimiterProcess, limited_key


async def test_two_processes_never_have_more_in_flight_than_the_limit(start: Start):
    key = limited_key(parallel=5)
    processes = [await start() for _ in range(2)]
    in_flight, most, served = 0, 0, [0, 0]

    async def call(place: int, process: LimiterProcess) -> None:
        nonlocal in_flight, most
        try:
            grant = await process.take(key)
        except RateLimited:
            return
        in_flight += 1
        most, served[place] = max(most, in_flight), served[place] + 1
        await asyncio.sleep(random.uniform(0, 0.05))
        in_flight -= 1
        process.limiter.settle(grant, 0)

    end = time.monotonic() + 1.2
    async with asyncio.TaskGroup() as tasks:
        while time.monotonic() < end:
            place = random.randrange(2)
            tasks.create_task(call(place, processes[place]))
            await asyncio.sleep(0.002)

    assert most == 5
    assert min(served) > 0.1 * sum(served)


async def fill(process: LimiterProcess, key: VirtualKey) -> None:
    await asyncio.gather(*[process.take(key) for _ in range(4)])


async def test_spare_slots_are_called_in_by_who_comes_short(start: Start):
    key = limited_key(parallel=20)
    first, second = await start(), await start()
    await first.take(key)

    grants = await asyncio.gather(*[second.take(key) for _ in range(19)])

    assert len(grants) == 19
    assert not await first.serve(key)


async def test_a_refusal_names_the_limit_and_a_slot_is_free_at_once_for_its_process(start: Start):
    key = limited_key(parallel=1)
    process = await start()
    grant = await process.take(key)

    with pytest.raises(RateLimited) as refusal:
        await process.take(key)
    process.limiter.settle(grant, 0)

    assert refusal.value.code == "max_parallel_requests"
    assert refusal.value.headers["retry-after"] == "1"
    assert await process.take(key)


async def test_slots_of_a_killed_process_are_free_after_its_lease(start: Start):
    key = limited_key(parallel=4)
    killed, other = await start(lease_seconds=0.6), await start(lease_seconds=0.6)
    await fill(killed, key)
    await killed.kill()

    assert not await other.serve(key)
    await asyncio.sleep(1.6)

    await fill(other, key)


async def test_a_living_process_keeps_its_slots_for_longer_than_a_lease(start: Start):
    key = limited_key(parallel=4)
    busy, other = await start(lease_seconds=0.3), await start(lease_seconds=0.3)
    await fill(busy, key)

    await asyncio.sleep(1)

    assert not await other.serve(key)


async def test_a_cancelled_request_leaves_no_slot_taken(start: Start):
    key = limited_key(parallel=4)
    process = await start()
    waiting = asyncio.create_task(process.take(key))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    await fill(process, key)
