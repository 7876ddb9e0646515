"""One Purser, pinned like in the comparison, for measurements of Purser alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import results
from tests.bench.cores import Cores
from tests.bench.gateway_run import pin_gateway
from tests.bench.gateways.base import fresh_folder
from tests.bench.gateways.purser import Purser
from tests.bench.load.target import Target
from tests.bench.output import say
from tests.bench.stub_process import running_stub


@contextmanager
def running_purser(layout: Cores, name: str) -> Iterator[tuple[Purser, Target]]:
    folder = fresh_folder(results.BENCH / "run" / name)
    purser = Purser()
    with running_stub(layout.rest) as stub:
        say("Purser: starting")
        try:
            with layout.all_for_children():
                target = purser.start(stub.url, folder)
            pin_gateway(purser, layout)
            yield purser, target
        finally:
            purser.stop()
