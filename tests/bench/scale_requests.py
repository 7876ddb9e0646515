"""Does a call cost more with many virtual keys? Measured at ten of them, thousands, and a million.

Three kinds of calls: with the same ten keys, with keys that are spread over all of them and known
to the process already (warm), and with keys that it never saw (cold: loaded from the database,
their balances opened, money drawn).
"""

import argparse
import time
from dataclasses import dataclass, replace

from tests.bench import processes, results
from tests.bench.cores import Cores
from tests.bench.figures import Load
from tests.bench.gateway_run import pin_gateway
from tests.bench.gateways.purser import Purser
from tests.bench.load.target import Target
from tests.bench.machine import paragraph
from tests.bench.measurements import Measurements
from tests.bench.output import say
from tests.bench.plan import Plan
from tests.bench.running_purser import running_purser
from tests.bench.scale_keys import add_keys, secret

SPREAD_KEYS_MAX = 1000
COLD_KEYS_MAX = 1000
SAME_KEYS = 10
CONNECTIONS = 8
SETTLE_SECONDS = 2.0
RATIO_MAX = 1.2


@dataclass(frozen=True)
class Cost:
    """What calls of one kind cost with so many keys."""

    keys: int
    kind: str
    cpu_us: float | None
    p50_ms: float | None
    calls: int
    faults: dict[str, int]


@dataclass
class Scale:
    """One installation whose keys become more and more."""

    purser: Purser
    target: Target
    seconds: float
    costs: list[Cost]
    keys: int = 0

    def grow(self, keys: int) -> None:
        say(f"{keys:,} keys: writing them")
        with self.purser.database() as connection:
            add_keys(connection, self.keys + 1, keys)
        before, self.keys = self.keys, keys
        time.sleep(SETTLE_SECONDS)
        self._cold(_sample(before + 1, keys, COLD_KEYS_MAX))
        self._warm(f"warm, the same {SAME_KEYS}", _sample(1, SAME_KEYS, SAME_KEYS))
        self._warm("warm, spread", _sample(1, keys, SPREAD_KEYS_MAX))

    def _cold(self, numbers: list[int]) -> None:
        say(f"{self.keys:,} keys: cold")
        load = self._with(numbers).closed(1, 60, calls_max=len(numbers))
        self._note("cold", load, load)

    def _warm(self, kind: str, numbers: list[int]) -> None:
        say(f"{self.keys:,} keys: {kind}")
        measured = self._with(numbers)
        measured.closed(CONNECTIONS, 60, calls_max=2 * len(numbers))
        measured.warm_up(CONNECTIONS)
        busy = measured.closed(CONNECTIONS, self.seconds)
        self._note(kind, busy, measured.closed(1, self.seconds))

    def _with(self, numbers: list[int]) -> Measurements:
        bearers = [secret(number) for number in numbers]
        target = replace(self.target, headers={}, bearers=bearers)
        return Measurements(target, self.purser, Plan())

    def _note(self, kind: str, busy: Load, alone: Load) -> None:
        faults = busy.faults | alone.faults
        cost = (busy.cpu_us_per_call, alone.latency_ms.p50, busy.right)
        self.costs.append(Cost(self.keys, kind, *cost, faults))


def run(options: argparse.Namespace, layout: Cores, known: dict[str, str]) -> int:
    costs: list[Cost] = []
    with running_purser(layout, "scale") as (purser, target):
        Measurements(target, purser, Plan()).warm_up(CONNECTIONS)
        scale = Scale(purser, target, options.seconds, costs)
        for keys in options.keys:
            scale.grow(keys)
            pin_gateway(purser, layout)
        resident = processes.resident_mib(purser.gateway_processes())
    text = _text(costs, resident, paragraph(known))
    results.write("scale-requests", text, {"machine": known, "costs": costs})
    return 0 if all(map(_is_fine, _warm_ratios(costs))) and not _faults(costs) else 1


def _sample(first: int, last: int, most: int) -> list[int]:
    """At most so many numbers, evenly spread over a range."""
    step = max(1, (last - first + 1) // most)
    return list(range(first, last + 1, step))[:most]


def _warm_ratios(costs: list[Cost]) -> list[float | None]:
    return [
        _ratio(cost.cpu_us, _first(costs, cost).cpu_us) for cost in costs if cost.kind != "cold"
    ]


def _is_fine(ratio: float | None) -> bool:
    return ratio is not None and ratio < RATIO_MAX


def _faults(costs: list[Cost]) -> list[dict[str, int]]:
    return [cost.faults for cost in costs if cost.faults]


def _first(costs: list[Cost], like: Cost) -> Cost:
    """The same kind of call with the fewest keys."""
    return next(cost for cost in costs if cost.kind == like.kind)


def _ratio(value: float | None, base: float | None) -> float | None:
    return value / base if value is not None and base else None


def _text(costs: list[Cost], resident: float, machine: str) -> str:
    rows = ["| calls | keys | CPU µs a call | ratio | p50 ms | ratio | calls |", "| --- " * 7 + "|"]
    for cost in sorted(costs, key=lambda cost: (cost.kind, cost.keys)):
        base = _first(costs, cost)
        values = (
            *(cost.cpu_us, _ratio(cost.cpu_us, base.cpu_us)),
            *(cost.p50_ms, _ratio(cost.p50_ms, base.p50_ms)),
        )
        shown = " | ".join("–" if value is None else f"{value:.2f}" for value in values)
        rows.append(f"| {cost.kind} | {cost.keys:,} | {shown} | {cost.calls:,} |")
    faults = "".join(f"\n\nWRONG ANSWERS: {faults}" for faults in _faults(costs))
    return (
        f"# A call with few and with many virtual keys\n\n{machine}\n\n"
        + "\n".join(rows)
        + f"\n\nThe data plane holds {resident:.0f} MiB in the end.{faults}\n"
    )
