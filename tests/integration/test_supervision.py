"""Supervised processes: started again when they die, stopped in order, listened to."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from controlplane.runtime.problem import CannotStart
from controlplane.runtime.supervision.child import Program
from controlplane.runtime.supervision.output import LINES_MAX, Output
from controlplane.runtime.supervision.supervisor import Supervisor

WAIT_SECONDS = 20.0
IGNORES_SIGTERM = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"


class Recorder:
    """An output that remembers its lines, and lets a test wait for one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._written = asyncio.Event()

    def write(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")
        self._written.set()

    async def saw(self, text: str, times: int = 1) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while sum(text in line for line in self.lines) < times:
                self._written.clear()
                await self._written.wait()


@pytest.fixture
def output() -> Any:
    return Recorder()


def program(name: str, code: str, *, stage: int = 1, stop_seconds: float = 5) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-c", code],
        stage=stage,
        stop_seconds=stop_seconds,
        folder=Path.cwd(),
    )


def sleeper(name: str, **options: Any) -> Program:
    return program(name, f"import time; print('{name} up', flush=True); time.sleep(99)", **options)


async def test_a_child_that_dies_is_started_again(output: Any) -> None:
    supervisor = Supervisor(output)
    supervisor.heal()
    supervisor.start([program("mortal", "import os; print(os.getpid())")])
    await output.saw("mortal: ", times=3)
    await supervisor.stop()

    assert len(set(output.lines)) == len(output.lines)


async def test_a_child_gets_its_sockets_and_its_environment(output: Any) -> None:
    read, write = os.pipe()
    code = f"import os; print(os.environ['GREETING'], os.write({write}, b'x')); input()"
    supervisor = Supervisor(output)
    given = program("heir", code)
    heir = Program(**{**vars(given), "descriptors": (write,), "environment": {"GREETING": "hello"}})
    supervisor.start([heir])
    await output.saw("heir: hello 1")
    await supervisor.stop()

    assert os.read(read, 1) == b"x"
    os.close(read)
    os.close(write)


async def test_higher_stages_are_gone_before_lower_ones_are_asked(output: Any) -> None:
    code = (
        "import os, signal, time;"
        "signal.signal(15, lambda *_: os.write(1, b'asked\\n') and os._exit(0));"
    )
    code += "print('up', flush=True); time.sleep(99)"
    supervisor = Supervisor(output)
    programs = [program(name, code, stage=stage) for name, stage in (("low", 1), ("high", 2))]
    supervisor.start(programs)
    await output.saw("up", times=2)
    await supervisor.stop()

    assert output.lines[-2:] == ["high: asked", "low: asked"]


async def test_a_child_that_does_not_stop_is_killed(
    output: Any, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = Supervisor(output)
    supervisor.start([program("deaf", f"{IGNORES_SIGTERM}; time.sleep(99)", stop_seconds=0.2)])
    await output.saw("deaf: up")
    await asyncio.wait_for(supervisor.stop(), 10)

    assert "deaf did not stop within 0.2 s" in caplog.text
    alive = [c for c in psutil.Process().children() if c.status() != psutil.STATUS_ZOMBIE]
    commands = [" ".join(child.cmdline()) for child in alive]
    assert not any(IGNORES_SIGTERM in command for command in commands)


async def test_hurrying_kills_at_once(output: Any) -> None:
    supervisor = Supervisor(output)
    supervisor.start([program("deaf", f"{IGNORES_SIGTERM}; time.sleep(99)", stop_seconds=60)])
    await output.saw("deaf: up")
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.1)
    supervisor.hurry()

    await asyncio.wait_for(stopping, 5)


async def test_a_start_fails_with_what_the_child_said_last(output: Any) -> None:
    supervisor = Supervisor(output)
    code = "import sys; sys.exit('purser: PURSER_X must be a number.')"
    supervisor.start([sleeper("fine"), program("wrong", code)])
    with pytest.raises(CannotStart, match=r"^The process 'wrong' did not start: PURSER_X must be"):
        await asyncio.wait_for(supervisor.fail_on_death(), WAIT_SECONDS)
    await supervisor.stop()

    assert output.lines.count("wrong: purser: PURSER_X must be a number.") == 1


async def test_a_line_without_an_end_is_passed_on_in_pieces(output: Any) -> None:
    supervisor = Supervisor(output)
    supervisor.start([program("endless", "print('x' * 200_000 + 'end', flush=True); input()")])
    await output.saw("xend")
    await supervisor.stop()

    assert len(output.lines) > 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_children_die_with_a_supervisor_that_is_killed() -> None:
    code = """
import sys, subprocess, time
from controlplane.runtime.supervision import leash
child = subprocess.Popen(leash.command_line([sys.executable, "-c", "import time; time.sleep(99)"]))
print(child.pid, flush=True)
time.sleep(99)
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdout=pipe, text=True) as supervisor:
        assert supervisor.stdout is not None
        child = psutil.Process(int(supervisor.stdout.readline()))
        while "leash" in " ".join(child.cmdline()):
            pass
        supervisor.send_signal(signal.SIGKILL)

    psutil.wait_procs([child], timeout=5)
    assert not child.is_running()


class Unread(io.StringIO):
    """A pipe that is full until somebody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.is_read = threading.Event()

    def write(self, text: str) -> int:
        self.is_read.wait(WAIT_SECONDS)
        return super().write(text)


def test_a_reader_that_does_not_read_stops_nobody() -> None:
    pipe = Unread()
    output = Output(pipe)
    for number in range(2 * LINES_MAX):
        output.write("chatty", f"line {number}")
    pipe.is_read.set()
    output.close()

    lines = pipe.getvalue().splitlines()
    assert lines[0] == "chatty    | line 0"
    assert LINES_MAX <= len(lines) <= LINES_MAX + 3


def test_what_was_dropped_is_said() -> None:
    text = io.StringIO()
    output = Output(text)
    output._dropped = 7
    output.write("purser", "still here")
    output.close()

    assert text.getvalue() == (
        "(7 lines dropped: they were not read in time)\npurser    | still here\n"
    )
