"""`manage.py up`: prepares everything in order, then runs it until it is told to stop."""

import asyncio
import logging
import os
import shutil
import signal
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from controlplane.environment import env_secret
from controlplane.logs import LineFormatter
from controlplane.runtime import announcement, broker, database, listening, options, programs, var
from controlplane.runtime.announcement import Announcement
from controlplane.runtime.locks import FileLock
from controlplane.runtime.options import Options
from controlplane.runtime.postgres.embedded import EmbeddedPostgres
from controlplane.runtime.problem import CannotStart, load_django
from controlplane.runtime.service import STOP_SIGNALS, Plan, Service
from controlplane.runtime.supervision.output import Output, OutputHandler

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listeners:
    """The sockets that clients connect to. The simulator's port is any that is free."""

    control: socket
    data: socket
    simulator: socket | None

    @classmethod
    def open(cls, chosen: Options, stack: ExitStack) -> "Listeners":
        def listen(host: str, port: int, purpose: str) -> socket:
            return stack.enter_context(listening.listen(host, port, purpose))

        return cls(
            control=listen(chosen.host, chosen.control_port, "control plane"),
            data=listen(chosen.host, chosen.data_port, "data plane"),
            simulator=listen("127.0.0.1", 0, "simulator") if chosen.demo else None,
        )


def main(arguments: list[str], folder: Path) -> int:
    """Runs until Ctrl-C or SIGTERM, and is 0 then."""
    chosen = options.parse(arguments)
    with ExitStack() as stack:
        output = stack.enter_context(closing(Output()))
        _log_to(output)
        try:
            _run(chosen, folder, output)
        except (KeyboardInterrupt, SystemExit):
            logger.info("Stopped before everything ran.")
        else:
            logger.info("Stopped.")
    return 0


def _run(chosen: Options, folder: Path, output: Output) -> None:
    with ExitStack() as stack:
        var.prepare(folder)
        _be_the_only_one(folder, stack)
        announcement.withdraw(folder)
        listeners = Listeners.open(chosen, stack)
        var.ensure_secret_files(folder)
        server = database.locate(folder)
        load_django()
        _log_to(output)
        broker.check_reachable(env_secret("REDIS_URL", default=""))
        stack.enter_context(database.running(server))
        stack.callback(_end_undisturbed)
        ready = _prepare(listeners, folder)
        plan = _plan(chosen, listeners, server, folder)
        asyncio.run(_serve(plan, output, ready, folder))


def _end_undisturbed() -> None:
    """A second Ctrl-C must not cut short what is left to do, which is quick."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


async def _serve(plan: Plan, output: Output, ready: Announcement, folder: Path) -> None:
    def announce() -> None:
        ready.write(folder)
        sys.stdout.write(ready.text(folder))
        sys.stdout.flush()

    await Service(plan, output, announce).run()


def _be_the_only_one(folder: Path, stack: ExitStack) -> None:
    lock = stack.enter_context(closing(FileLock(folder / "up.lock")))
    if not lock.try_to_exclude():
        raise CannotStart(f"Purser already runs in {folder}: stop it, or choose another --var.")


def _prepare(listeners: Listeners, folder: Path) -> Announcement:
    """Everything the database must hold before a process starts."""
    from django.db import connections

    from controlplane.runtime.bootstrap import steps

    database.bring_up_to_date()
    simulator_url = listening.url(listeners.simulator) if listeners.simulator else None
    access = steps.run(folder, simulator_url)
    connections.close_all()
    return Announcement(
        control_url=listening.url(listeners.control),
        data_url=listening.url(listeners.data),
        access=access,
        database_url=env_secret(database.VARIABLE, default=""),
        simulator_url=simulator_url,
    )


def _plan(
    chosen: Options, listeners: Listeners, server: EmbeddedPostgres | None, folder: Path
) -> Plan:
    """One data-plane process is enough to answer; the others then have the cores to start."""
    control, data = listening.url(listeners.control), listening.url(listeners.data)
    metrics = _empty_folder(folder / "run" / "metrics")
    journal = Path(os.environ.get("PURSER_JOURNAL_DIR") or folder / "journal")
    first, *others = (
        programs.data_plane(listeners.data, number, chosen.drain_seconds, metrics, journal)
        for number in range(1, chosen.data_workers + 1)
    )
    simulator = [programs.simulator(listeners.simulator)] if listeners.simulator else []
    schedule = folder / "run" / "beat-schedule"
    control_plane = programs.control_plane(listeners.control, chosen.host, data)
    return Plan(
        answering=[control_plane, first, *simulator],
        ready_urls=[f"{data}/readyz", f"{control}/healthz", f"{control}/readyz"],
        background=[*others, programs.worker(), programs.beat(schedule)],
        database=server,
    )


def _empty_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _log_to(output: Output) -> None:
    """Our own lines go the way of the children's."""
    handler = OutputHandler(output, "purser")
    handler.setFormatter(LineFormatter())
    logging.getLogger().handlers = [handler]
