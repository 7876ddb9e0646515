"""The two ways to load a server: as fast as it answers, or as often as planned."""

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import count

from tests.bench.exchange import Call
from tests.bench.load.pool import Pool
from tests.bench.load.replies import Reply
from tests.bench.load.schedule import Schedule
from tests.bench.load.tally import Tally
from tests.bench.load.target import Target
from tests.bench.load.ticker import Ticker

PATIENCE_SECONDS = 15.0
LEAD_SECONDS = 0.02
MakeCall = Callable[[int], Call]
# Every call of a run has a number of its own, so that no answer fits two of them.
NUMBERS: Iterator[int] = count(1)


async def closed_loop(
    target: Target,
    make: MakeCall,
    *,
    connections: int,
    seconds: float,
    calls_max: int | None = None,
) -> tuple[Tally, float]:
    """Each connection sends its next call when it has the answer to the last one.

    Returns the tally and the right answers a second, up to the deadline or the last of `calls_max`.
    """
    tally, sent = Tally(), 0

    def finished(reply: Reply) -> None:
        tally.add(reply)
        now = time.monotonic()
        if now < deadline:
            send(now)

    def send(now: float) -> None:
        nonlocal sent
        if calls_max is None or sent < calls_max:
            sent += 1
            pool.submit(make(next(NUMBERS)), now)

    pool = Pool(target, connections, finished)
    await pool.open(connections)
    started = time.monotonic()
    deadline = started + seconds
    for _ in range(connections):
        send(time.monotonic())
    await pool.idle(deadline - time.monotonic())
    end = min(time.monotonic(), deadline)
    await _drain(pool)
    return tally, tally.ended_by(end) / (end - started)


async def open_loop(
    target: Target,
    make: MakeCall,
    *,
    rate: float,
    total: int,
    connections_max: int,
    connections: int,
) -> tuple[Tally, list[float]]:
    """`total` calls at a fixed rate, whatever the answers do; `connections` are open before.

    Returns the tally and how late each call was sent by this generator itself.
    """
    tally = Tally()
    pool = Pool(target, connections_max, tally.add)
    await pool.open(connections)
    schedule = Schedule(time.monotonic() + LEAD_SECONDS, rate, total)
    sender = Sender(schedule, lambda due: pool.submit(make(next(NUMBERS)), due))
    ticker = Ticker(schedule.start, schedule.period, sender.catch_up)
    try:
        await sender.all_sent.wait()
    finally:
        ticker.stop()
    await _drain(pool)
    return tally, sender.lateness


class Sender:
    """Sends what is due, each with the moment it was due, also when that is past."""

    def __init__(self, schedule: Schedule, send: Callable[[float], None]) -> None:
        self._schedule = schedule
        self._send = send
        self.lateness: list[float] = []
        self.all_sent = asyncio.Event()

    def catch_up(self) -> None:
        self.send_until(time.monotonic())

    def send_until(self, now: float) -> None:
        for place in range(len(self.lateness), self._schedule.due_by(now)):
            due = self._schedule.due(place)
            self.lateness.append(now - due)
            self._send(due)
        if len(self.lateness) == self._schedule.total:
            self.all_sent.set()


async def _drain(pool: Pool) -> None:
    """Waits for the answers still to come, with a limit."""
    await pool.idle(PATIENCE_SECONDS)
    pool.close()
