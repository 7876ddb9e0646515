"""The options of `manage.py up`, and the settings that go with them."""

import argparse
import os
from dataclasses import dataclass

from controlplane.runtime.problem import CannotStart

PORT_MAX = 65535
DATA_WORKERS_MAX = 64
DATA_WORKERS_DEFAULT_MAX = 4
DRAIN_VARIABLE = "PURSER_DRAIN_SECONDS"
DRAIN_SECONDS_DEFAULT = 30


@dataclass(frozen=True)
class Options:
    """What to run and where."""

    host: str
    control_port: int
    data_port: int
    data_workers: int
    demo: bool
    drain_seconds: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--var",
        metavar="DIR",
        help="folder for the database, secrets and bootstrap.json (default: var, beside manage.py)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--control-port", type=int, default=8000, metavar="PORT")
    parser.add_argument("--data-port", type=int, default=8080, metavar="PORT")
    parser.add_argument(
        "--data-workers",
        type=int,
        default=default_data_workers(),
        metavar="N",
        help=f"data-plane processes (default: one a core, at most {DATA_WORKERS_DEFAULT_MAX})",
    )
    parser.add_argument(
        "--no-demo", action="store_true", help="without the demo provider and its key"
    )


def parse(arguments: list[str]) -> Options:
    """Leaves with a usage message for what is malformed; raises `CannotStart` for a wrong value."""
    parser = argparse.ArgumentParser(prog="manage.py up")
    add_arguments(parser)
    given = parser.parse_args(arguments)
    _require("--control-port", given.control_port, 0, PORT_MAX)
    _require("--data-port", given.data_port, 0, PORT_MAX)
    _require("--data-workers", given.data_workers, 1, DATA_WORKERS_MAX)
    return Options(
        host=given.host,
        control_port=given.control_port,
        data_port=given.data_port,
        data_workers=given.data_workers,
        demo=not given.no_demo,
        drain_seconds=_drain_seconds(),
    )


def default_data_workers() -> int:
    """As many as cores that we may use; more than four would starve everything beside them."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(cores, DATA_WORKERS_DEFAULT_MAX)


def _drain_seconds() -> int:
    text = os.environ.get(DRAIN_VARIABLE) or str(DRAIN_SECONDS_DEFAULT)
    if not text.isascii() or not text.isdigit():
        raise CannotStart(f"{DRAIN_VARIABLE} must be a whole number of seconds, not {text!r}.")
    return int(text)


def _require(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise CannotStart(f"{name} must be from {least} to {most}, not {value}.")
