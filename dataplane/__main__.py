"""One data-plane process: `python -m dataplane [--fd N | --host H --port P]`."""

import argparse
import asyncio
import logging
import resource
import socket
import sys
import tempfile
import time
from pathlib import Path

import uvicorn
import uvloop

from dataplane.app import create_app
from dataplane.corked import CorkedProtocol
from dataplane.gateway import Gateway
from dataplane.settings import Settings, SettingWrong

# The control plane writes the same line.
LOG_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"
LOG_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
BACKLOG = 2048
OPEN_FILES_MAX = 65_536
DRAIN_SECONDS_DEFAULT = 30


def main() -> int:
    arguments = _parse()
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, datefmt=LOG_TIME_FORMAT)
    try:
        settings = Settings.from_env()
        _make_folder(settings.journal_dir)
    except SettingWrong as wrong:
        print(f"purser: {wrong}", file=sys.stderr)  # noqa: T201
        return 1
    _allow_many_connections()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(Gateway(settings)),
            host=arguments.host,
            port=arguments.port,
            http=CorkedProtocol,
            proxy_headers=False,
            lifespan="on",
            access_log=False,
            log_config=None,
            log_level="warning",
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=arguments.drain_seconds,
        )
    )
    sockets = [socket.socket(fileno=arguments.fd)] if arguments.fd is not None else None
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(sockets=sockets))
    return 0


def _make_folder(journal_dir: Path) -> None:
    try:
        journal_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=journal_dir):
            pass
    except OSError as error:
        raise SettingWrong(
            f"PURSER_JOURNAL_DIR, {journal_dir}, cannot be written to: {error.strerror}."
        ) from error


def _allow_many_connections() -> None:
    """As many open files as the machine grants; many start with 1,024, which is few for a relay."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dataplane")
    parser.add_argument("--fd", type=int, help="a listening socket, inherited")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--drain-seconds", type=int, default=DRAIN_SECONDS_DEFAULT)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
