"""One gateway from its start to its end: started, pinned, measured, stopped."""

from collections import Counter
from pathlib import Path

from tests.bench import cores, processes
from tests.bench.cores import Cores
from tests.bench.figures import Figures, Load
from tests.bench.gateways.base import Gateway, fresh_folder, start_timed
from tests.bench.gateways.missing import Missing
from tests.bench.gateways.purser import Purser
from tests.bench.load.target import Target
from tests.bench.measurements import Measurements
from tests.bench.output import say
from tests.bench.plan import Plan


class GatewayRun:
    """Fills in the figures of one gateway."""

    def __init__(self, gateway: Gateway, figures: Figures, plan: Plan, layout: Cores) -> None:
        self._gateway = gateway
        self._figures = figures
        self._plan = plan
        self._cores = layout

    def run(self, stub_url: str, folder: Path) -> None:
        """Raises `Missing` when it does not start."""
        self._say("starting")
        try:
            measured = self._started(stub_url, fresh_folder(folder))
            if not self._bears(measured, self._plan.connections):
                self._count_faults(measured)
                self._gateway.stop()
                measured = self._started(stub_url, fresh_folder(folder))
                self._bears(measured, self._plan.few_connections)
            self._measure(measured)
        except (OSError, TimeoutError) as error:
            raise Missing(f"it stopped taking connections ({error})") from error
        finally:
            self._gateway.stop()

    def _started(self, stub_url: str, folder: Path) -> Measurements:
        figures, gateway = self._figures, self._gateway
        with self._cores.all_for_children():
            target, figures.first_start_seconds = start_timed(gateway, stub_url, folder)
            figures.start_seconds = figures.first_start_seconds
            if gateway.keeps_state:
                gateway.stop()
                target, figures.start_seconds = start_timed(gateway, stub_url, folder)
        return self._measurements(target)

    def _measurements(self, target: Target) -> Measurements:
        pin_gateway(self._gateway, self._cores)
        return Measurements(target, self._gateway, self._plan)

    def _bears(self, measured: Measurements, connections: int) -> bool:
        """Warms it up; False when it does not answer that many connections rightly."""
        self._say(f"warming up with {connections} connections")
        load = measured.warm_up(connections)
        self._figures.connections = connections
        if not load.faults:
            return True
        faults = ", ".join(f"{count} × {fault}" for fault, count in load.faults.items())
        self._figures.notes.append(f"with {connections} connections: {faults}")
        return False

    def _measure(self, measured: Measurements) -> None:
        figures, gateway = self._figures, self._gateway
        self._measure_calls(measured)
        # What a program starts late must not run on the gateway's core.
        pin_gateway(gateway, self._cores)
        self._measure_streams(measured)
        self._count_faults(measured)
        figures.answered = measured.answered
        figures.peak_mib = processes.peak_mib(gateway.gateway_processes())
        if others := gateway.other_processes():
            figures.notes.append(self._beside(others))
        if isinstance(gateway, Purser):
            check_books(gateway, figures)

    def _measure_calls(self, measured: Measurements) -> None:
        plan, figures = self._plan, self._figures
        self._say("calls, as fast as it answers")
        figures.saturated = measured.closed(figures.connections, plan.seconds)
        self._say(f"{figures.saturated.per_second:,.0f} calls/s; one call at a time")
        figures.alone = measured.closed(1, plan.seconds)
        bearable = figures.saturated.per_second * plan.rate_share_max
        for rate in (rate for rate in plan.rates if rate <= bearable):
            self._say(f"{rate} calls/s")
            figures.at_rate[rate] = measured.open(rate, plan.seconds)

    def _measure_streams(self, measured: Measurements) -> None:
        plan, figures = self._plan, self._figures
        self._say("short streams, as fast as it answers")
        connections = self._connections_for_streams()
        measured.warm_up(connections, plan.short_pieces)
        figures.short_streams = measured.closed(connections, plan.seconds, plan.short_pieces)
        for concurrent in self._bearable_streams(figures.short_streams):
            self._say(f"{concurrent} streams at once")
            figures.streams.append(measured.streams(concurrent))
            if figures.streams[-1].is_clean:
                break

    def _count_faults(self, measured: Measurements) -> None:
        self._figures.faults = dict(Counter(self._figures.faults) + measured.faults)

    def _beside(self, others: list[int]) -> str:
        """What the table leaves out: the gateway's processes on the other cores."""
        mib = processes.shared_out_mib(others)
        calls = self._figures.saturated
        cpu = f" and use {calls.others_cpu_us_per_call:,.0f} CPU µs a call" if calls else ""
        return f"its {len(others)} other processes hold {mib:,.0f} MiB{cpu}"

    def _connections_for_streams(self) -> int:
        calls = self._figures.saturated
        is_slow = calls is not None and calls.per_second < self._plan.slow_below_per_second
        return self._plan.few_connections if is_slow else self._figures.connections

    def _bearable_streams(self, short: Load) -> list[int]:
        """From the most streams that it can keep pace with downwards; always at least one try."""
        bearable = short.per_second * self._plan.short_pieces / self._plan.pieces_per_second_each
        fewest = self._plan.streams[-1]
        return [count for count in self._plan.streams if count <= bearable] or [fewest]

    def _say(self, text: str) -> None:
        say(f"{self._gateway.name}: {text}")


def pin_gateway(gateway: Gateway, layout: Cores) -> None:
    """What relays gets the gateway's core, and whatever belongs to it the rest."""
    cores.pin(gateway.other_processes(), layout.rest)
    cores.pin(gateway.gateway_processes(), [layout.gateway])


def check_books(purser: Purser, figures: Figures) -> None:
    """Every right answer has its record, and balances, ledger and usage agree."""
    booked = purser.booked(figures.answered)
    verdict = purser.verify()
    figures.books_agree = booked == figures.answered and verdict.returncode == 0
    found = "finds nothing" if verdict.returncode == 0 else "FINDS DIFFERENCES"
    figures.notes.append(
        f"{figures.answered:,} right answers, {booked:,} usage records; `verify` {found}"
    )
