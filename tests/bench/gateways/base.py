"""What the benchmark asks of a gateway."""

import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from tests.bench import processes
from tests.bench.load.target import Target
from tests.bench.program import Program, free_port


class Gateway(ABC):
    """A gateway that can be installed, started in front of the stub, and measured."""

    name: str
    version: str
    what: str
    """What is switched on, for the reader of the table."""
    keeps_state: bool = False
    """Its second start is another thing than its first one."""

    def install(self, cache: Path) -> None:  # noqa: B027 – nothing to do is an answer, too
        """Makes it available, from `cache` if it is there already. Raises `Missing`."""

    @abstractmethod
    def start(self, stub_url: str, folder: Path) -> Target:
        """Returns when it answers calls. Raises `Missing`."""

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def gateway_processes(self) -> list[int]:
        """Those that relay: they get the gateway's core, and are what is measured."""

    def other_processes(self) -> list[int]:
        """Those that do not: databases and whatever else belongs to it."""
        return []


class ProgramGateway(Gateway):
    """A gateway that is one program, with its files in one folder."""

    ready_path: str
    _program: Program | None = None

    def start(self, stub_url: str, folder: Path) -> Target:
        port = free_port()
        command = self.command(port, stub_url, folder)
        self._program = Program(command, folder, self.environment(folder))
        address = f"http://127.0.0.1:{port}"
        self._program.wait_until_ready(address + self.ready_path)
        return self.target(address, stub_url)

    @abstractmethod
    def command(self, port: int, stub_url: str, folder: Path) -> list[str]:
        """Writes what configuration it needs, and says how to run it."""

    @abstractmethod
    def target(self, address: str, stub_url: str) -> Target:
        """Provisions it, now that it runs, and says how to call it."""

    def environment(self, folder: Path) -> Mapping[str, str]:
        return {"HOME": str(folder)}

    def stop(self) -> None:
        program, self._program = self._program, None
        if program is not None:
            program.stop()

    def gateway_processes(self) -> list[int]:
        return processes.family(self._program.pid) if self._program else []


def start_timed(gateway: Gateway, stub_url: str, folder: Path) -> tuple[Target, float]:
    """Starts it; also returns the seconds until it was ready."""
    started = time.monotonic()
    target = gateway.start(stub_url, folder)
    return target, time.monotonic() - started


def fresh_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
