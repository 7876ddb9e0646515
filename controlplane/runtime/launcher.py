"""From the command line to Django: finds the database and the secrets, then hands over.

Django reads its settings once, when it is imported; so what they need is found here, before.
"""

import os
import signal
import sys
from logging.config import dictConfig
from pathlib import Path
from typing import NoReturn

from controlplane.logs import logging_settings
from controlplane.runtime import var
from controlplane.runtime.problem import CannotStart, load_django

# What works on code alone. Everything else, also a command added tomorrow, finds a database.
WITHOUT_DATABASE = {
    "anomaly_report",
    "cache_report",
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "spectacular",
    "startapp",
    "startproject",
    "version",
}
# What must see the database's schema as it is.
WITHOUT_MIGRATING = {"migrate", "showmigrations", "sqlmigrate", "squashmigrations"}


def main(arguments: list[str]) -> int:
    """Runs one management command; whatever stands in its way is one sentence on stderr."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
    signal.signal(signal.SIGTERM, _leave)
    dictConfig(logging_settings())
    try:
        return _run(arguments)
    except CannotStart as error:
        sys.stderr.write(f"purser: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    arguments, option = _take_var(arguments)
    folder = var.chosen_folder(option)
    os.environ[var.VARIABLE] = str(folder)
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in WITHOUT_DATABASE or command.startswith("-") or _asks_for_help(arguments):
        _execute(arguments)
    elif command == "up":
        from controlplane.runtime import up

        return up.main(arguments[2:], folder)
    else:
        _run_with_database(command, arguments, folder)
    return 0


def _run_with_database(command: str, arguments: list[str], folder: Path) -> None:
    from controlplane.runtime import database

    var.ensure_secret_files(folder)
    server = database.locate(folder)
    load_django()
    with database.running(server):
        if server is not None and command not in WITHOUT_MIGRATING:
            database.bring_up_to_date()
        _execute(arguments)


def _execute(arguments: list[str]) -> None:
    from django.core.management import execute_from_command_line

    load_django()
    execute_from_command_line(arguments)


def _take_var(arguments: list[str]) -> tuple[list[str], str | None]:
    """Takes `--var DIR` out, which every command understands and Django does not know."""
    rest, option = [], None
    following = iter(arguments)
    for argument in following:
        if argument == "--var":
            option = next(following, "")
        elif argument.startswith("--var="):
            option = argument.removeprefix("--var=")
        else:
            rest.append(argument)
    if option == "":
        raise CannotStart("--var needs a folder.")
    return rest, option


def _asks_for_help(arguments: list[str]) -> bool:
    return bool({"-h", "--help"} & set(arguments))


def _leave(*_: object) -> NoReturn:
    """SIGTERM unwinds the stack like an exit, so that what was started is stopped."""
    raise SystemExit(128 + signal.SIGTERM)
