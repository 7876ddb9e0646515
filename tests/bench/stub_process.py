"""The stub as a process of its own, on the cores that are not the gateway's."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from controlplane.runtime.supervision import leash
from tests.bench import cores
from tests.end_to_end.installation import ROOT


@dataclass(frozen=True)
class StubProcess:
    url: str
    pid: int


@contextmanager
def running_stub(rest: Iterable[int]) -> Iterator[StubProcess]:
    command = [sys.executable, "-m", "tests.bench.stub"]
    with subprocess.Popen(
        leash.command_line(command), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        cores.pin([process.pid], rest)
        try:
            yield StubProcess(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
