"""The algebra of slices against the real statement, on a clock of its own: exact in any order."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from dataplane.access.rates.slot_clock import HORIZON_SLOTS, WINDOW_SLOTS, SlotClock
from dataplane.access.rates.windows import RateWindow

REQUESTS, TOKENS = 40, 4000
SIZES = (10, 100, 400)
TRIP_SECONDS = (0.0005, 0.0005, 0.02, 0.4)
STEPS = 250
WEIGHTS = {
    "call": 50, "settle": 10, "ask": 5, "give_back": 3, "reach": 5, "hear": 5, "lose": 2, "die": 1,
    "last_moment": 3,
}  # fmt: skip
WINDOW_SECONDS, SLOT_SECONDS = 60.0, 0.25
GRANT = "SELECT * FROM rate_grant('p', %s, %s, %s, 1, %s::jsonb)"
_numbers = count()

Connection = psycopg.Connection[dict[str, Any]]


class SlicingProcess:
    """One process's window. Its clock is off by some, and its draws take their time."""

    def __init__(self, connection: Connection, key_id: str, skew_seconds: float) -> None:
        self._connection = connection
        self._key_id = key_id
        self._skew = skew_seconds
        self._clock = SlotClock(WINDOW_SECONDS)
        self._clock.heard(1e6, 250_000 + skew_seconds)
        self.window = RateWindow(self._clock)
        self.window.limit(REQUESTS, TOKENS)
        self._ask: dict[str, Any] | None = None
        self._asked_at = 0.0
        self._answer: dict[str, Any] | None = None

    def local(self, at: float) -> float:
        return at + self._skew

    def ask(self, at: float, tokens: int, *, gives_back: bool = False) -> None:
        """Sends a draw, unless one is under way."""
        if self._ask is None:
            self._asked_at = self.local(at)
            waiting = [] if gives_back else [tokens]
            told = self.window.ask(waiting, self._asked_at, gives_back=gives_back)
            parallel = dict.fromkeys(("parallel_held", "parallel_least", "parallel_need"), 0)
            self._ask = {"key": self._key_id, **told, **parallel, "parallel_ahead": 0}

    def reach(self, at: float) -> None:
        """The draw reaches the database."""
        if self._ask is not None and self._answer is None:
            asks = msgspec.json.encode([self._ask]).decode()
            parameters = [at / SLOT_SECONDS, WINDOW_SLOTS, HORIZON_SLOTS, asks]
            self._answer = self._connection.execute(GRANT, parameters).fetchone()

    def hear(self) -> None:
        """The answer reaches the process."""
        if self._ask is not None and self._answer is not None:
            self._clock.heard(self._answer["drawn_at"], self._asked_at)
            self.window.granted(self._answer, self._ask)
            self._ask = self._answer = None

    def lose(self) -> None:
        """The connection breaks, before or after the draw reached the database."""
        if self._ask is not None:
            self.window.doubted()
            self._ask = self._answer = None

    def draw(self, at: float, tokens: int) -> None:
        self.ask(at, tokens)
        self.reach(at)
        self.hear()


@dataclass(eq=False)
class Call:
    """One request that was let in, when, and what it counts for."""

    at: float
    tokens: int
    process: SlicingProcess
    slot: int


class World:
    """Some processes that share one key, and everything that can happen to them."""

    def __init__(self, connection: Connection, seed: int) -> None:
        self._connection = connection
        self._key_id = f"vk-{next(_numbers)}"
        self.chance = random.Random(seed)
        self.pause_seconds = self.chance.choice((0.05, 0.4, 3.0))
        self.at = 1e6 * SLOT_SECONDS
        self.processes = [self.new_process() for _ in range(3)]
        self.calls: list[Call] = []

    def new_process(self) -> SlicingProcess:
        return SlicingProcess(self._connection, self._key_id, self.chance.uniform(-1e4, 1e4))

    def run(self, steps: int) -> None:
        for _ in range(steps):
            (action,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
            getattr(self, action)(self.chance.randrange(3))
            self.at += self.chance.expovariate(1 / self.pause_seconds)

    def last_moment(self, place: int) -> None:
        """A slice is used late, perhaps untold; nearly a window later all come at once."""
        self.at += self.chance.choice((0, WINDOW_SECONDS))
        self.call(place)
        self.at += self.chance.choice((0.1, 1.8, 9.8)) + self.chance.uniform(0, 1)
        while self.take(self.processes[place], SIZES[0]):
            pass
        if self.chance.random() < 0.5:
            self.die(place)
        self.at += WINDOW_SECONDS - self.chance.uniform(0, 1)
        for _ in range(REQUESTS):
            self.call(self.chance.randrange(3))

    def call(self, place: int) -> None:
        """A request: from the slice, or else from a draw that it waits for."""
        process, tokens = self.processes[place], self.chance.choice(SIZES)
        if not self.take(process, tokens):
            process.ask(self.at, tokens)
            self.at += self.chance.choice(TRIP_SECONDS)
            process.reach(self.at)
            self.at += self.chance.choice(TRIP_SECONDS)
            process.hear()
            self.take(process, tokens)

    def take(self, process: SlicingProcess, tokens: int) -> bool:
        slot = process.window.take(tokens, process.local(self.at))
        if slot:
            self.calls.append(Call(self.at, tokens, process, slot))
        return bool(slot)

    def take_often(self, process: SlicingProcess, at: float, times: int) -> None:
        """Takes so many times from the slice, or else from draws."""
        self.at = at
        for _ in range(times):
            if not self.take(process, 0):
                process.draw(at, 0)
                self.take(process, 0)

    def settle(self, place: int) -> None:
        """Some call ends, and used as much as it took, or less."""
        if self.calls:
            call = self.chance.choice(self.calls)
            fewer = self.chance.choice((0, call.tokens // 2, call.tokens))
            if fewer:
                call.process.window.refund(call.slot, fewer)
            call.tokens -= fewer

    def ask(self, place: int) -> None:
        self.processes[place].ask(self.at, self.chance.choice(SIZES))

    def give_back(self, place: int) -> None:
        self.processes[place].ask(self.at, 0, gives_back=True)

    def reach(self, place: int) -> None:
        self.processes[place].reach(self.at)

    def hear(self, place: int) -> None:
        self.processes[place].hear()

    def lose(self, place: int) -> None:
        self.processes[place].lose()

    def die(self, place: int) -> None:
        self.processes[place] = self.new_process()

    def most(self) -> tuple[int, int]:
        """The most requests and tokens in any window."""
        windows = [
            [call.tokens for call in self.calls if end.at - WINDOW_SECONDS <= call.at <= end.at]
            for end in self.calls
        ]
        return max(map(len, windows)), max(map(sum, windows))


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.mark.parametrize("seed", range(8))
def test_no_window_holds_more_than_the_limit_whatever_happens_in_which_order(
    connection: Connection, seed: int
):
    world = World(connection, seed)

    world.run(STEPS)

    requests, tokens = world.most()
    assert requests <= REQUESTS
    assert tokens <= TOKENS
    assert len(world.calls) > REQUESTS


def test_a_window_later_everything_is_free_again(connection: Connection):
    world = World(connection, seed=0)
    world.run(STEPS)

    world.at += WINDOW_SECONDS + (HORIZON_SLOTS + 3) * SLOT_SECONDS
    process, tokens = world.new_process(), TOKENS // REQUESTS
    for _ in range(REQUESTS):
        process.draw(world.at, tokens)
        assert world.take(process, tokens)


def test_a_slice_is_good_to_its_last_moment_and_counts_a_window_from_there(connection: Connection):
    world = World(connection, seed=0)
    first, second, _ = world.processes
    first.draw(world.at, 0)
    last_moment = world.at + HORIZON_SLOTS * SLOT_SECONDS - 0.001

    world.take_often(first, last_moment, first.window.requests - 1)
    assert not first.window.take(0, first.local(last_moment + 0.002))

    world.take_often(second, last_moment + WINDOW_SECONDS - 0.01, REQUESTS)
    assert world.most() == (REQUESTS - 1, 0)


def test_what_is_left_of_a_long_slice_counts_to_its_end_when_a_later_draw_is_short(
    connection: Connection,
):
    world = World(connection, seed=0)
    first, second, _ = world.processes
    first.draw(world.at, 0)
    last_moment = world.at + HORIZON_SLOTS * SLOT_SECONDS - 0.001
    world.take_often(second, world.at, REQUESTS - first.window.requests - 1)

    first.draw(world.at + 1, 0)
    assert first.window.is_short
    world.take_often(first, last_moment, first.window.requests)
    world.take_often(second, last_moment + WINDOW_SECONDS - 0.01, REQUESTS)

    assert world.most() == (REQUESTS, 0)
