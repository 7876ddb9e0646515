"""All children together: started in parallel, stopped in stages, watched while they start."""

import asyncio
from collections.abc import Iterable

from controlplane.runtime.problem import CannotStart
from controlplane.runtime.supervision.child import Child, Program
from controlplane.runtime.supervision.output import Output


class Supervisor:
    """Keeps a set of programs running until it is told to stop."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._children: list[Child] = []
        self._heals = False

    def start(self, programs: Iterable[Program]) -> None:
        for program in programs:
            child = Child(program, self._output)
            self._children.append(child)
            child.start()
            if self._heals:
                child.heal()

    def heal(self) -> None:
        """The start is over: from now on a child that dies is started again."""
        self._heals = True
        for child in self._children:
            child.heal()

    async def fail_on_death(self) -> None:
        """Raises `CannotStart` as soon as a child dies: in a start, that is a reason to give up."""
        deaths = {asyncio.create_task(child.has_died.wait()): child for child in self._children}
        try:
            done, _ = await asyncio.wait(deaths, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in deaths:
                task.cancel()
        child = deaths[done.pop()]
        said = child.last_line.removeprefix("purser: ") or "it said nothing"
        raise CannotStart(f"The process '{child.program.name}' did not start: {said}")

    async def stop(self) -> None:
        """Stage by stage, the highest first; the members of one stage together."""
        for stage in sorted({child.program.stage for child in self._children}, reverse=True):
            await asyncio.gather(
                *(child.stop() for child in self._children if child.program.stage == stage)
            )

    def hurry(self) -> None:
        """Kills what still runs; a `stop` in progress then ends at once."""
        for child in self._children:
            child.kill()
