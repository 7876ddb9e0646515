"""The running installation: its processes from the first to the last, watched in between."""

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass

from controlplane.runtime import readiness
from controlplane.runtime.postgres.embedded import EmbeddedPostgres
from controlplane.runtime.problem import CannotStart
from controlplane.runtime.supervision.backoff import Backoff
from controlplane.runtime.supervision.child import Program
from controlplane.runtime.supervision.output import Output
from controlplane.runtime.supervision.supervisor import Supervisor

logger = logging.getLogger(__name__)

START_SECONDS_MAX = 60.0
DATABASE_CHECK_SECONDS = 1.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Plan:
    """What runs: the processes that must answer, where they do, and those that come after."""

    answering: list[Program]
    ready_urls: list[str]
    background: list[Program]
    database: EmbeddedPostgres | None


class Service:
    """Runs a plan until it is told to stop."""

    def __init__(self, plan: Plan, output: Output, when_ready: Callable[[], None]) -> None:
        self._plan = plan
        self._when_ready = when_ready
        self._supervisor = Supervisor(output)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._stop)
        self._supervisor.start(self._plan.answering)
        try:
            if await self._is_ready():
                self._supervisor.heal()
                self._when_ready()
                self._supervisor.start(self._plan.background)
                await self._wait_for_the_end()
        finally:
            await self._supervisor.stop()

    def _stop(self) -> None:
        if self._stopping.is_set():
            logger.warning("Stopping at once.")
            self._supervisor.hurry()
        else:
            logger.info("Stopping; requests in flight are finished first.")
            self._stopping.set()

    async def _is_ready(self) -> bool:
        """False if it was told to stop before. Raises `CannotStart` if a process died."""
        stopping = asyncio.create_task(self._stopping.wait())
        ready = asyncio.create_task(readiness.wait_until_ready(self._plan.ready_urls))
        death = asyncio.create_task(self._supervisor.fail_on_death())
        done, pending = await asyncio.wait(
            {stopping, ready, death},
            timeout=START_SECONDS_MAX,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for task in pending:
            task.cancel()
        if not done:
            raise CannotStart(f"Not every process was ready within {START_SECONDS_MAX:.0f} s.")
        if death in done and stopping not in done:
            death.result()
        return stopping not in done

    async def _wait_for_the_end(self) -> None:
        watching = asyncio.create_task(self._watch_database())
        await self._stopping.wait()
        watching.cancel()

    async def _watch_database(self) -> None:
        """A database that dies is started again, like every other process."""
        if (server := self._plan.database) is None:
            return
        backoff, loop = Backoff(), asyncio.get_running_loop()
        started = loop.time()
        while True:
            await asyncio.sleep(DATABASE_CHECK_SECONDS)
            if server.is_running():
                continue
            wait = backoff.after(loop.time() - started)
            logger.warning("PostgreSQL died; starting it again in %g s.", wait)
            await asyncio.sleep(wait)
            await self._restart(server)
            started = loop.time()

    async def _restart(self, server: EmbeddedPostgres) -> None:
        try:
            await asyncio.to_thread(server.acquire)
        except CannotStart as error:
            logger.error("%s", error)
