"""One program of the benchmark: started with a log file, awaited, stopped."""

import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from controlplane.runtime.supervision import leash
from tests.bench.gateways.missing import Missing
from tests.end_to_end.installation import clean_environment

READY_SECONDS_MAX = 120.0
CHECK_SECONDS = 0.02
STOP_SECONDS_MAX = 10.0
LOG_LINES_SHOWN = 3


class Program:
    """A process that dies with the benchmark, however that ends."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._log = folder / "log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                leash.command_line(list(command)),
                cwd=folder,
                env=clean_environment(**(environment or {})),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self, url: str) -> None:
        """Returns when a GET is answered with 200. Raises `Missing` when that never happens."""
        give_up = time.monotonic() + READY_SECONDS_MAX
        while not _answers(url):
            if self._process.poll() is not None:
                raise Missing(f"it stopped with exit code {self._process.returncode}: {self.said}")
            if time.monotonic() > give_up:
                raise Missing(f"it was not ready within {READY_SECONDS_MAX:.0f} s: {self.said}")
            time.sleep(CHECK_SECONDS)

    @property
    def said(self) -> str:
        """The last lines of its log."""
        lines = [line.strip() for line in self._log.read_text(errors="replace").splitlines()]
        return " / ".join([line for line in lines if line][-LOG_LINES_SHOWN:])

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
