"""Is memory flat? Many calls through Purser, and what its data plane holds of memory meanwhile."""

import argparse
import threading
from dataclasses import dataclass, field

from tests.bench import processes, results
from tests.bench.cores import Cores
from tests.bench.figures import Load
from tests.bench.gateways.purser import Purser
from tests.bench.measurements import Measurements
from tests.bench.output import say
from tests.bench.plan import Plan
from tests.bench.running_purser import running_purser

SAMPLE_SECONDS = 1.0
SECONDS_MAX = 3600.0
GROWTH_MAX = 0.05
SETTLED_AFTER = 0.2
"""The share of the run after which caches are full and memory should not grow any more."""


@dataclass
class Memory:
    """What was resident, sampled in a thread of its own while the load runs."""

    purser: Purser
    samples_mib: list[float] = field(default_factory=list)

    def __enter__(self) -> "Memory":
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        ids = self.purser.gateway_processes()
        while not self._stop.wait(SAMPLE_SECONDS):
            self.samples_mib.append(processes.resident_mib(ids))


def run(options: argparse.Namespace, layout: Cores, known: dict[str, str]) -> int:
    with running_purser(layout, "soak") as (purser, target):
        measured = Measurements(target, purser, Plan())
        say(f"{options.requests:,} calls")
        with Memory(purser) as memory:
            load = measured.closed(options.connections, SECONDS_MAX, calls_max=options.requests)
        booked = purser.booked(measured.answered)
        verified = purser.verify().returncode == 0
    growth = growth_share(memory.samples_mib)
    text = _text(load, memory.samples_mib, growth, booked, verified)
    data = {"machine": known, "load": load, "samples_mib": memory.samples_mib, "growth": growth}
    results.write("soak", text, data)
    sound = not load.faults and booked == load.right and verified
    return 0 if sound and growth <= GROWTH_MAX else 1


def growth_share(samples: list[float]) -> float:
    """How much the end is above the beginning, once settled: means of a tenth of the samples each.

    Means, as memory goes up and down with what is in flight.
    """
    settled = samples[int(len(samples) * SETTLED_AFTER) :]
    width = max(1, len(settled) // 10)
    if len(settled) < 2:
        return 0.0
    first, last = sum(settled[:width]) / width, sum(settled[-width:]) / width
    return last / first - 1


def _text(load: Load, samples: list[float], growth: float, booked: int, verified: bool) -> str:
    marks = [samples[min(len(samples) - 1, len(samples) * i // 10)] for i in range(11)]
    verdict = "flat" if growth <= GROWTH_MAX else "NOT FLAT"
    return (
        f"# Memory over {load.right:,} calls: {verdict}\n\n"
        f"Resident MiB of the data plane at each tenth: "
        f"{', '.join(f'{mark:.0f}' for mark in marks)}; "
        f"{growth:+.1%} from {SETTLED_AFTER:.0%} of the run on.\n\n"
        f"{load.per_second:,.0f} calls/s; faults: {load.faults or 'none'}; "
        f"{booked:,} usage records; "
        f"`verify` {'finds nothing' if verified else 'FINDS DIFFERENCES'}.\n"
    )
