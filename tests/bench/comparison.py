"""One run: the stub alone as the baseline, then every gateway in front of it."""

from pathlib import Path

from tests.bench.cores import Cores
from tests.bench.figures import Figures, Streams
from tests.bench.gateway_run import GatewayRun
from tests.bench.gateways.base import Gateway
from tests.bench.gateways.missing import Missing
from tests.bench.load.target import Target
from tests.bench.measurements import Measurements
from tests.bench.output import say
from tests.bench.plan import Plan
from tests.bench.stub_process import StubProcess

DIRECT = "direct"


class Comparison:
    """The run, and what came of it."""

    def __init__(self, plan: Plan, stub: StubProcess, layout: Cores, folder: Path) -> None:
        self.direct = Figures(DIRECT, "", "the stub without a gateway: the baseline")
        self._plan = plan
        self._stub = stub
        self._cores = layout
        self._folder = folder
        self._baseline = Measurements(Target(f"{stub.url}/v1/chat/completions"), None, plan)

    def measure_direct(self) -> None:
        say("direct: the stub alone")
        plan, baseline, direct = self._plan, self._baseline, self.direct
        baseline.warm_up(plan.connections)
        direct.connections = plan.connections
        direct.saturated = baseline.closed(plan.connections, plan.seconds)
        direct.alone = baseline.closed(1, plan.seconds)
        direct.at_rate = {rate: baseline.open(rate, plan.seconds) for rate in plan.rates}
        direct.short_streams = baseline.closed(plan.connections, plan.seconds, plan.short_pieces)

    def measure(self, gateway: Gateway, cache: Path) -> Figures:
        """Everything about one gateway, or why not."""
        figures = Figures(gateway.name, gateway.version, gateway.what)
        run = GatewayRun(gateway, figures, self._plan, self._cores)
        try:
            say(f"{gateway.name}: installing")
            gateway.install(cache)
            figures.version = gateway.version
            run.run(self._stub.url, self._folder / gateway.name)
        except Missing as missing:
            figures.missing = str(missing)
            say(f"{gateway.name}: missing, because {missing}")
        for tried in figures.streams:
            self._measure_direct_streams(tried.concurrent)
        return figures

    def _measure_direct_streams(self, concurrent: int) -> None:
        if streams_at(self.direct, concurrent) is None:
            say(f"direct: {concurrent} streams at once")
            self.direct.streams.append(self._baseline.streams(concurrent))


def streams_at(figures: Figures, concurrent: int) -> Streams | None:
    return next((tried for tried in figures.streams if tried.concurrent == concurrent), None)
