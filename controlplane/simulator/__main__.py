"""The simulator's process: `python -m controlplane.simulator [--fd N | --port P]`."""

import argparse
import socket

import uvicorn

from controlplane.simulator.app import app
from controlplane.simulator.wire import OpenProtocol

DRAIN_SECONDS = 5


def main() -> None:
    arguments = _parse()
    config = uvicorn.Config(
        app,
        port=arguments.port,
        http=OpenProtocol,
        loop="asyncio",  # lets sockets be reset
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    sockets = [socket.socket(fileno=arguments.fd)] if arguments.fd is not None else None
    uvicorn.Server(config).run(sockets)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator")
    parser.add_argument("--fd", type=int, help="a listening socket, inherited")
    parser.add_argument("--port", type=int, default=8090)
    return parser.parse_args()


if __name__ == "__main__":
    main()
