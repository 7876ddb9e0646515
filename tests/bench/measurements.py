"""The measurements of one target: each starts its load, and reads what the gateway's CPU did."""

import gc
import time
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import uvloop

from tests.bench import processes
from tests.bench.exchange import Call
from tests.bench.figures import Load, Streams
from tests.bench.gateways.base import Gateway
from tests.bench.load.loops import closed_loop, open_loop
from tests.bench.load.tally import Tally
from tests.bench.load.target import Target
from tests.bench.percentiles import Spread
from tests.bench.plan import Plan

WARM_UP_SECONDS = 1.5
WARM_UP_ROUNDS_MAX = 12
WARM_UP_GAIN_MIN = 0.05
WARM_UP_PATIENCE_ROUNDS = 2
OPEN_LOOP_CONNECTIONS_MAX = 1000
T = TypeVar("T")


@dataclass
class Cost:
    """CPU that the gateway's processes used meanwhile; None where there is no gateway."""

    cpu_seconds: float | None = None
    others_seconds: float = 0.0
    core_seconds: float = 0.0
    seconds: float = 0.0

    def us_each(self, count: int) -> float | None:
        return self.cpu_seconds * 1e6 / count if self.cpu_seconds is not None and count else None

    @property
    def share(self) -> float | None:
        return self.cpu_seconds / self.seconds if self.cpu_seconds is not None else None

    @property
    def lost_share(self) -> float | None:
        """How much of the gateway's core was used by anything else."""
        if self.cpu_seconds is None:
            return None
        return max(0.0, (self.core_seconds - self.cpu_seconds) / self.seconds)


class Measurements:
    """One target under the loads of a plan; counts all right and wrong answers."""

    def __init__(self, target: Target, gateway: Gateway | None, plan: Plan) -> None:
        self._target = target
        self._gateway = gateway
        self._plan = plan
        self.answered = 0
        self.faults: Counter[str] = Counter()

    def warm_up(self, connections: int, pieces: int = 0) -> Load:
        """Rounds of calls until they get no cheaper (V8 takes its time), or one goes wrong."""
        rounds: list[Load] = []
        while len(rounds) < WARM_UP_ROUNDS_MAX and not is_warm(rounds):
            rounds.append(self.closed(connections, WARM_UP_SECONDS, pieces))
            if rounds[-1].faults:
                break
        return rounds[-1]

    def closed(
        self, connections: int, seconds: float, pieces: int = 0, calls_max: int | None = None
    ) -> Load:
        """As fast as it answers."""

        def make(number: int) -> Call:
            return Call(number, pieces)

        loop = closed_loop(
            self._target, make, connections=connections, seconds=seconds, calls_max=calls_max
        )
        with self._costing() as cost:
            tally, per_second = _run(loop)
        return self._load(tally, per_second, cost)

    def open(self, rate: int, seconds: float) -> Load:
        """As often as planned."""
        total = round(rate * seconds)
        loop = open_loop(
            self._target,
            Call,
            rate=rate,
            total=total,
            connections_max=OPEN_LOOP_CONNECTIONS_MAX,
            connections=min(self._plan.connections, total),
        )
        with self._costing() as cost:
            tally, lateness = _run(loop)
        return self._load(tally, tally.right / seconds, cost, lateness)

    def streams(self, concurrent: int) -> Streams:
        """Streams that are all open at once for most of the time."""
        plan = self._plan

        def make(number: int) -> Call:
            return Call(number, plan.stream_pieces, plan.stream_pause_ms * 1000)

        loop = open_loop(
            self._target,
            make,
            rate=concurrent / plan.stream_ramp_seconds,
            total=concurrent,
            connections_max=concurrent,
            connections=concurrent,
        )
        with self._costing() as cost:
            tally, _ = _run(loop)
        self._count(tally)
        return self._streams(concurrent, tally, cost)

    def _streams(self, concurrent: int, tally: Tally, cost: Cost) -> Streams:
        gaps_ms = _milliseconds(tally.longest_gaps)
        return Streams(
            concurrent=concurrent,
            right=tally.right,
            faults=dict(tally.faults),
            pieces=tally.pieces,
            pieces_per_second=tally.pace,
            first_piece_ms=Spread.of(_milliseconds(tally.first_pieces)),
            delay_ms=Spread.of(_milliseconds(tally.delays)),
            longest_gap_ms=max(gaps_ms, default=None),
            stalls=sum(1 for gap in gaps_ms if gap > self._plan.stalled_after_ms),
            cpu_us_per_piece=cost.us_each(tally.pieces),
        )

    def _load(
        self, tally: Tally, per_second: float, cost: Cost, lateness: list[float] | None = None
    ) -> Load:
        self._count(tally)
        return Load(
            right=tally.right,
            faults=dict(tally.faults),
            per_second=per_second,
            latency_ms=Spread.of(_milliseconds(tally.latencies)),
            cpu_us_per_call=cost.us_each(tally.right),
            cpu_share=cost.share,
            lost_share=cost.lost_share,
            others_cpu_us_per_call=cost.others_seconds * 1e6 / max(1, tally.right),
            sent_late_ms=Spread.of(_milliseconds(lateness)) if lateness else None,
        )

    def _count(self, tally: Tally) -> None:
        self.answered += tally.right
        self.faults.update(tally.faults)

    @contextmanager
    def _costing(self) -> Iterator[Cost]:
        ids = self._gateway.gateway_processes() if self._gateway else []
        others = self._gateway.other_processes() if self._gateway else []
        core = processes.core_of(ids)
        cost, started = Cost(), time.monotonic()
        before, others_before = processes.cpu_seconds(ids), processes.cpu_seconds(others)
        core_before = processes.busy_seconds(core)
        yield cost
        cost.seconds = time.monotonic() - started
        if ids:
            cost.cpu_seconds = processes.cpu_seconds(ids) - before
        cost.others_seconds = processes.cpu_seconds(others) - others_before
        cost.core_seconds = processes.busy_seconds(core) - core_before


def is_warm(rounds: Sequence[Load]) -> bool:
    """Neither of the last two rounds was noticeably cheaper than the best before them."""
    costs = [load.cpu_us_per_call or 0.0 for load in rounds]
    if len(costs) <= WARM_UP_PATIENCE_ROUNDS:
        return False
    best = min(costs[:-WARM_UP_PATIENCE_ROUNDS])
    return min(costs[-WARM_UP_PATIENCE_ROUNDS:]) >= best * (1 - WARM_UP_GAIN_MIN)


def _run(loop: Coroutine[Any, Any, T]) -> T:
    """Without the collector's pauses, which would look like the gateway's."""
    gc.collect()
    gc.disable()
    try:
        return uvloop.run(loop)
    finally:
        gc.enable()


def _milliseconds(seconds: Iterable[float]) -> list[float]:
    return [value * 1000 for value in seconds]
