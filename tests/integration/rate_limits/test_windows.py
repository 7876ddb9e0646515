"""Requests and tokens in a window, shared by several processes on one real database."""

import asyncio
import random
import time

import psycopg
import pytest

from dataplane.errors import RateLimited
from dataplane.snapshot.model import VirtualKey
from tests.integration.rate_limits.conftest import Start
from tests.limiters import LimiterProcess, limited_key, most_in_any_window

COUNTED = "SELECT count(*) FROM keys_rateslot"


async def load(process: LimiterProcess, key: VirtualKey, seconds: float) -> list[int]:
    """Far more requests than the limit lets in; the slots of those that were."""
    slots: list[int] = []

    async def one() -> None:
        try:
            grant = await process.take(key)
        except RateLimited:
            return
        slots.append(grant.slot)
        process.limiter.settle(grant, 10)

    end = time.monotonic() + seconds
    async with asyncio.TaskGroup() as tasks:
        while time.monotonic() < end:
            tasks.create_task(one())
            await asyncio.sleep(random.expovariate(200))
    return slots


async def test_four_processes_under_load_use_the_limit_in_every_window_and_never_more(start: Start):
    key = limited_key(requests=150)
    processes = [await start(window_seconds=1.2) for _ in range(4)]

    shares = await asyncio.gather(*[load(process, key, 3) for process in processes])

    slots = [slot for share in shares for slot in share]
    assert most_in_any_window(slots) <= 150
    assert len(slots) >= 2 * 150
    assert all(len(share) > 0.1 * len(slots) for share in shares), "one of them hoarded"


async def test_the_last_request_of_a_small_limit_is_served_whoever_is_asked(start: Start):
    key = limited_key(requests=20)
    processes = [await start() for _ in range(4)]

    served = [await processes[n % 4].serve(key) for n in range(10)]
    served += [await processes[0].serve(key) for _ in range(12)]

    assert served == [True] * 20 + [False] * 2


async def test_what_a_killed_process_held_is_lost_for_a_window_and_then_free(start: Start):
    key = limited_key(requests=64)
    killed, other = await start(window_seconds=1.0), await start(window_seconds=1.0)
    assert await killed.serve(key)
    await killed.kill()

    grants = await other.take_all(key)
    assert 64 - 9 <= len(grants) < 64
    await asyncio.sleep(1.3)
    assert len(await other.take_all(key)) == 64


async def test_a_process_that_stops_gives_back_what_it_holds(start: Start):
    key = limited_key(requests=64)
    stopped, other = await start(), await start()
    assert await stopped.serve(key)

    await stopped.stop()

    assert len(await other.take_all(key)) == 63


async def test_a_refusal_says_when_there_is_room_and_is_right(start: Start):
    key = limited_key(requests=2)
    process = await start(window_seconds=1.0)
    await process.take(key)
    await process.take(key)

    with pytest.raises(RateLimited) as refusal:
        await process.take(key)

    assert refusal.value.code == "requests_per_minute"
    assert refusal.value.headers["x-ratelimit-remaining-requests"] == "0"
    assert refusal.value.headers["retry-after"] in ("1", "2")
    await asyncio.sleep(int(refusal.value.headers["retry-after"]))
    await process.take(key)


async def test_headers_count_down_between_draws_and_over_processes(start: Start):
    key = limited_key(requests=100, tokens=1000)
    first, second = await start(), await start()

    headers = [(await first.take(key, 100)).headers for _ in range(3)]
    others = (await second.take(key, 100)).headers

    assert [one["x-ratelimit-remaining-requests"] for one in headers] == ["99", "98", "97"]
    assert [one["x-ratelimit-remaining-tokens"] for one in headers] == ["900", "800", "700"]
    assert int(others["x-ratelimit-remaining-requests"]) <= 96
    assert others["x-ratelimit-limit-tokens"] == "1000"


async def test_other_limits_hold_from_the_next_request_on(start: Start):
    process = await start()
    for _ in range(5):
        await process.take(limited_key(requests=100))

    lowered = limited_key(requests=7)
    served = [await process.serve(lowered) for _ in range(4)]
    raised = [await process.serve(limited_key(requests=10)) for _ in range(4)]

    assert served == [True, True, False, False]
    assert raised == [True, True, True, False]
    assert await process.limiter.take(limited_key(), 10) is None


async def test_tokens_that_were_not_used_are_free_again_for_everyone(start: Start):
    key = limited_key(tokens=1000)
    first, second = await start(), await start()
    grant = await first.take(key, 900)
    assert not await second.serve(key, 500)

    first.limiter.settle(grant, 100)
    await asyncio.sleep(0.6)

    assert await second.serve(key, 500)


async def test_tokens_beyond_the_estimate_count_too(start: Start):
    key = limited_key(tokens=1000)
    first, second = await start(), await start()
    grant = await first.take(key, 10)

    first.limiter.settle(grant, 800)
    await asyncio.sleep(0.3)

    assert not await second.serve(key, 300)
    assert await second.serve(key, 100)


async def test_a_request_larger_than_the_limit_takes_all_of_it(start: Start):
    key = limited_key(tokens=1000)
    process = await start()

    grant = await process.take(key, 10**12)

    assert grant.tokens == 1000
    assert not await process.serve(key, 1)


async def test_a_grant_settled_twice_is_corrected_once(start: Start):
    key = limited_key(tokens=1000, parallel=1)
    process = await start()
    grant = await process.take(key, 600)

    process.limiter.settle(grant, 300)
    process.limiter.settle(grant, 0)

    assert await process.take(key, 600)
    assert not await process.serve(key, 200)


async def test_what_nobody_uses_any_more_is_forgotten(start: Start, database: str):
    process = await start(window_seconds=0.4)
    for number in range(20):
        grant = await process.take(limited_key(f"vk-{number}", requests=100, parallel=5))
        process.limiter.settle(grant, 0)

    await asyncio.sleep(1.2)
    await process.limiter.sweep()

    assert process.limiter.keys_known == 0
    with psycopg.connect(database) as connection:
        assert connection.execute(COUNTED).fetchone() == (0,)
