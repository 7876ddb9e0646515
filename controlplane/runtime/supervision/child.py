"""One supervised process: started, listened to, started again when it dies, stopped."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from controlplane.runtime.supervision import leash
from controlplane.runtime.supervision.backoff import Backoff
from controlplane.runtime.supervision.output import Output

logger = logging.getLogger(__name__)

LINE_BYTES_MAX = 64 * 1024
KILL_SECONDS_MAX = 5.0
LAST_LINES_SECONDS_MAX = 1.0


@dataclass(frozen=True)
class Program:
    """What to run and how to end it: programs of a higher stage are stopped before lower ones."""

    name: str
    command: list[str]
    stage: int
    stop_seconds: float
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    descriptors: tuple[int, ...] = ()
    when_gone: Callable[[int], None] = lambda pid: None


class Child:
    """The process that runs a program at the moment, over all its restarts."""

    def __init__(self, program: Program, output: Output) -> None:
        self.program = program
        self.last_line = ""
        self.has_died = asyncio.Event()
        self._output = output
        self._backoff = Backoff()
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        # Set when a death is something to heal, or when nothing is any more.
        self._going_on = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_alive(), name=self.program.name)

    def heal(self) -> None:
        """From now on a death is followed by another start; before, by nothing."""
        self._going_on.set()

    async def stop(self) -> None:
        """SIGTERM, time to finish, then SIGKILL; returns when the process is gone."""
        self._end(signal.SIGTERM)
        if self._task is not None and not await self._gone_within(self.program.stop_seconds):
            logger.warning(
                "%s did not stop within %g s; killing it.",
                self.program.name,
                self.program.stop_seconds,
            )
            self.kill()
            await self._gone_within(KILL_SECONDS_MAX)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        self._stopping.set()
        self._going_on.set()
        self._signal(number)

    async def _keep_alive(self) -> None:
        while not self._stopping.is_set():
            started = time.monotonic()
            code = await self._run_once()
            lived_seconds = time.monotonic() - started
            self.has_died.set()
            await self._going_on.wait()
            if self._stopping.is_set():
                return
            wait = self._backoff.after(lived_seconds)
            logger.warning(
                "%s died (%s); starting it again in %g s.", self.program.name, _cause(code), wait
            )
            await self._sleep(wait)

    async def _run_once(self) -> int:
        self._process = process = await asyncio.create_subprocess_exec(
            *leash.command_line(self.program.command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=self.program.descriptors,
            env={**os.environ, **self.program.environment},
            cwd=self.program.folder,
            limit=LINE_BYTES_MAX,
            # Ctrl-C in the terminal is for the supervisor, which stops its children in order.
            process_group=0,
        )
        if self._stopping.is_set():
            self._signal(signal.SIGTERM)
        assert process.stdout is not None
        reading = asyncio.create_task(self._pass_on(process.stdout))
        code = await process.wait()
        # A grandchild may hold the pipe open.
        await asyncio.wait([reading], timeout=LAST_LINES_SECONDS_MAX)
        reading.cancel()
        self.program.when_gone(process.pid)
        return code

    async def _pass_on(self, lines: asyncio.StreamReader) -> None:
        while line := await _read_line(lines):
            text = line.decode(errors="replace").rstrip()
            self.last_line = text or self.last_line
            self._output.write(self.program.name, text)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def _gone_within(self, seconds: float) -> bool:
        assert self._task is not None
        done, _ = await asyncio.wait([self._task], timeout=seconds)
        return bool(done)

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


async def _read_line(lines: asyncio.StreamReader) -> bytes:
    """A line, or as much of an endless one as fits; empty at the end."""
    try:
        return await lines.readuntil()
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError:
        return await lines.read(LINE_BYTES_MAX)


def _cause(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
