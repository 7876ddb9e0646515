"""Telling the database who is acting, so that its audit triggers can name them.

An actor is a setting of the connection. A process has one of its own (a command, a worker); a
request or a task puts another in its place for as long as it lasts.
"""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection

SETTING = "purser.actor"
MANAGE = "manage.py"
REASON = """
SELECT set_config(%s, (coalesce(nullif(current_setting(%s, true), ''), %s)::jsonb
                       || jsonb_build_object('reason', %s::text))::text, true)
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` says who, `door` which way they came, `address` from where."""

    name: str
    door: str
    address: str | None = None

    def encoded(self) -> str:
        return json.dumps(asdict(self))


NOBODY = Actor("nobody", "process")


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Whatever is changed meanwhile over this thread's connection was changed by the actor."""
    _announce(actor.encoded())
    try:
        yield
    finally:
        process = process_actor()
        _announce(process.encoded() if process else "")


def act_in_transaction(actor: Actor) -> None:
    """The actor of the transaction that is open; needs no end."""
    _set(actor.encoded(), until_commit=True)


def give_reason(reason: str) -> None:
    """Why the actor of the open transaction changes what it changes; needs no end."""
    with connection.cursor() as cursor:
        cursor.execute(REASON, [SETTING, SETTING, NOBODY.encoded(), reason])


def name_process(sender: Any, connection: Any, **_: Any) -> None:
    """Receives `connection_created`: a command acts in its own name."""
    actor = process_actor()
    if actor is not None and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, false)", [SETTING, actor.encoded()])


def process_actor() -> Actor | None:
    """The command that is running and who started it; None for servers."""
    if len(sys.argv) < 2 or Path(sys.argv[0]).name != MANAGE:
        return None
    return Actor(f"{_system_user()}: manage.py {sys.argv[1]}", "command")


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "unknown"


def _announce(encoded: str) -> None:
    """An aborted transaction takes no statement; its end restores what was set before it."""
    if connection.connection is None or not connection.needs_rollback:
        _set(encoded, until_commit=False)


def _set(encoded: str, *, until_commit: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, %s)", [SETTING, encoded, until_commit])
