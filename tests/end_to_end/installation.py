"""A whole Purser as a newcomer gets it: `manage.py up` in a folder of its own, on free ports."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 60.0
FREE_PORTS = ("--control-port", "0", "--data-port", "0")


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment without anything that would be a setting of ours or a credential."""
    wanted = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")
    return {name: os.environ[name] for name in wanted if name in os.environ} | settings


def manage(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Runs a management command to its end."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=START_SECONDS_MAX,
        env=clean_environment(**settings),
        check=False,
    )


@contextmanager
def running_installation(*arguments: str, **settings: str) -> Iterator["Installation"]:
    """A new installation, gone after the block.

    Not in pytest's own temporary folder: every run of pytest closes that to other users, and
    under root the database is one.
    """
    folder = Path(tempfile.mkdtemp(prefix="purser-up-"))
    installation = Installation(folder / "var")
    try:
        installation.start(*arguments, **settings)
        yield installation
    finally:
        installation.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Installation:
    """One `var` folder, and the supervisor that runs in it at the moment."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._stdout = var.with_name("stdout")

    def start(self, *arguments: str, **settings: str) -> None:
        """Returns when it is ready."""
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--var", str(self.var)]
        with self._stdout.open("wb") as stdout, self.var.with_name("stderr").open("ab") as stderr:
            self._supervisor = subprocess.Popen(
                [*command, *FREE_PORTS, *arguments],
                stdout=stdout,
                stderr=stderr,
                env=clean_environment(**settings),
            )
        self._wait_until_ready()

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.var / "bootstrap.json").read_text())
        return facts

    @property
    def printed(self) -> str:
        return self._stdout.read_text()

    def signal(self, number: signal.Signals) -> None:
        assert self._supervisor is not None
        self._supervisor.send_signal(number)

    def wait(self) -> int:
        assert self._supervisor is not None
        return self._supervisor.wait(STOP_SECONDS_MAX)

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for this folder, the database included."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def children(self, text: str) -> list[psutil.Process]:
        """The supervisor's children whose command line holds `text`."""
        assert self._supervisor is not None
        children = psutil.Process(self._supervisor.pid).children()
        return [child for child in children if text in " ".join(child.cmdline())]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            told = process.environ().get("PURSER_VAR_DIR"), " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            return False
        return told[0] == str(self.var) or str(self.var) in told[1]

    def _wait_until_ready(self) -> None:
        assert self._supervisor is not None
        deadline = time.monotonic() + START_SECONDS_MAX
        while "curl" not in self.printed:
            stderr = self.var.with_name("stderr").read_text()
            assert self._supervisor.poll() is None, stderr
            assert time.monotonic() < deadline, stderr
            time.sleep(0.05)
