"""One timer for many waits: it must ring for each that takes too long, and for no other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from dataplane.alarm import Alarm


def run(work: Callable[[Alarm], Awaitable[None]]) -> None:
    async def ringing() -> None:
        alarm = Alarm()
        try:
            await work(alarm)
        finally:
            alarm.off()

    asyncio.run(ringing())


def test_a_wait_that_takes_too_long_is_ended():
    async def work(alarm: Alarm) -> None:
        with pytest.raises(TimeoutError), alarm.within(0.02):
            await asyncio.sleep(10)

    run(work)


def test_each_wait_has_its_own_limit_whether_longer_or_shorter_than_the_last():
    async def work(alarm: Alarm) -> None:
        for seconds in (10, 0.02, 10, 2, 0.02):
            if seconds > 1:
                with alarm.within(seconds):
                    await asyncio.sleep(0.03)
            else:
                with pytest.raises(TimeoutError), alarm.within(seconds):
                    await asyncio.sleep(10)

    run(work)


def test_a_limit_that_is_moved_while_waiting_counts_from_there():
    async def work(alarm: Alarm) -> None:
        with alarm.within(0.05):
            for _ in range(4):
                await asyncio.sleep(0.03)
                alarm.within(0.05)

    run(work)


def test_a_limit_may_be_hastened_and_never_put_off():
    async def work(alarm: Alarm) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: alarm.hasten(loop.time() + 100))
        loop.call_later(0.01, lambda: alarm.hasten(loop.time() + 0.01))
        with pytest.raises(TimeoutError), alarm.within(10):
            await asyncio.sleep(10)

    run(work)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_limit_that_is_past_already_ends_a_wait_and_spoils_no_other(
    loop: Callable[[], asyncio.AbstractEventLoop],
):
    """uvloop's timers of the past are none that could be asked when they ring."""

    async def work() -> None:
        alarm, clock = Alarm(), asyncio.get_running_loop()
        clock.call_later(0.01, lambda: alarm.hasten(clock.time() - 1))
        with pytest.raises(TimeoutError), alarm.within(10):
            await asyncio.sleep(10)
        alarm.until(clock.time() - 1)
        with alarm.within(10):
            await asyncio.sleep(0.01)
        alarm.off()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(work())


def test_what_happens_between_waits_is_not_limited():
    async def work(alarm: Alarm) -> None:
        with alarm.within(0.01):
            pass
        await asyncio.sleep(0.05)

    run(work)


def test_who_is_cancelled_from_elsewhere_is_cancelled():
    async def wait() -> None:
        with Alarm().within(10):
            await asyncio.sleep(10)

    async def work() -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
