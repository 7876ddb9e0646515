"""The time limits of a request's attempts, and what each of them is called."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from dataplane.alarm import Alarm
from dataplane.failures import AttemptFailed, Failure
from dataplane.presence import Presence
from dataplane.upstream.deadline import NEVER, Deadline

LONG = 10.0
SHORT = 0.02


@dataclass
class Ticket:
    began_at: float = 0.0


async def fails(deadline: Deadline, seconds: float = LONG) -> Failure:
    """Waits for what never comes."""
    with pytest.raises(AttemptFailed) as raised:
        await deadline.wait(asyncio.sleep(LONG), seconds, Failure.CHUNK_TIMEOUT)
    return raised.value.failure


async def test_each_limit_has_its_name():
    assert await fails(Deadline(Alarm(), LONG), SHORT) is Failure.CHUNK_TIMEOUT
    assert await fails(Deadline(Alarm(), SHORT)) is Failure.TOTAL_TIMEOUT
    deadline = Deadline(Alarm(), LONG)
    deadline.begin(SHORT)
    assert await fails(deadline) is Failure.FIRST_BYTE_TIMEOUT


async def test_nothing_but_an_answer_gives_an_attempt_more_time():
    async def pings() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(SHORT / 4)
            yield b": ping\n\n"

    deadline = Deadline(Alarm(), LONG)
    deadline.begin(2 * SHORT)

    with pytest.raises(AttemptFailed) as raised:
        async for _ in deadline.each(pings(), NEVER):
            pass

    assert raised.value.failure is Failure.FIRST_BYTE_TIMEOUT


async def test_one_that_has_begun_to_answer_has_all_the_time_there_is():
    deadline = Deadline(Alarm(), LONG)
    deadline.begin(SHORT)
    deadline.answered()

    await deadline.wait(asyncio.sleep(2 * SHORT), LONG, Failure.CHUNK_TIMEOUT)


async def test_an_attempt_can_be_given_up_until_then_and_the_next_is_not():
    deadline = Deadline(Alarm(), LONG)
    deadline.begin(LONG)
    asyncio.get_running_loop().call_later(SHORT, deadline.give_up)
    assert await fails(deadline) is Failure.SLOW

    deadline.begin(LONG)
    deadline.answered()
    deadline.give_up()

    await deadline.wait(asyncio.sleep(SHORT), LONG, Failure.CHUNK_TIMEOUT)


async def test_the_total_is_for_all_attempts():
    deadline = Deadline(Alarm(), 2 * SHORT)
    deadline.begin(SHORT)
    assert await fails(deadline) is Failure.FIRST_BYTE_TIMEOUT

    deadline.begin(LONG)

    assert await fails(deadline) is Failure.TOTAL_TIMEOUT
    assert deadline.seconds_left <= 0


async def test_a_client_that_leaves_leaves_little_time():
    client, deadline = Presence(), Deadline(Alarm(), LONG)
    deadline.watch(client, SHORT)
    asyncio.get_running_loop().call_later(SHORT, client.leave)

    assert await fails(deadline) is Failure.TOTAL_TIMEOUT


async def test_what_it_took_to_prepare_is_not_the_providers_time():
    deadline, ticket = Deadline(Alarm(), LONG), Ticket()
    deadline.timed = ticket
    await asyncio.sleep(SHORT)

    deadline.begin(LONG)

    assert ticket.began_at == pytest.approx(asyncio.get_running_loop().time(), abs=SHORT / 2)
