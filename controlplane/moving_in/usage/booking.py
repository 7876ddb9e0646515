"""Imported records into the books and out of them, by the ledger's own statements.

They are on no balance and in no journal: what was spent elsewhere binds no budget here.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from django.db import connection, transaction

from billing.sql import statement
from controlplane.moving_in.models import UsageImport
from controlplane.provisioning.progress import Progress

BATCH_RECORDS = 5000
# Records booked in the order of their time leave the planner with outdated figures.
ANALYZE = "ANALYZE usage_usagerecord, usage_rollup, usage_facet"


def create_partitions(days: Iterable[str], progress: Progress) -> None:
    """A partition for each day that records come in, one after the other: each locks the table."""
    ordered = sorted(days)
    for done, day in enumerate(ordered):
        progress("days", done, len(ordered))
        with connection.cursor() as cursor:
            cursor.execute("SELECT usage_create_partitions(%s::date, %s::date)", [day, day])


def book(
    records: Iterable[dict[str, Any]], batch: UsageImport, total: int, progress: Progress
) -> int:
    """Books those that are new, in transactions of some thousands; returns how many they were."""
    new, done, rest = 0, 0, iter(records)
    with _stage():
        while some := list(islice(rest, BATCH_RECORDS)):
            progress("records", done, total)
            new += _book([msgspec.json.encode(each) for each in some], batch)
            done += len(some)
        if new:
            with connection.cursor() as cursor:
                cursor.execute(ANALYZE)
    progress("records", done, total)
    return new


@transaction.atomic
def _book(lines: Sequence[bytes], batch: UsageImport) -> int:
    with connection.cursor() as cursor:
        with cursor.copy(statement("stage")) as copy:
            copy.write(b"\n".join(lines).replace(b"\\", b"\\\\") + b"\n")
        cursor.execute(statement("imports/claim"), {"batch": batch.id})
        if not cursor.rowcount:
            return 0
        if cursor.rowcount < len(lines):
            cursor.execute(statement("imports/drop_others"), {"batch": batch.id})
        cursor.execute(statement("book"))
        new = int(cursor.rowcount)
        if new < len(lines):
            cursor.execute(statement("imports/forget_unbooked"))
        cursor.execute(statement("roll_up"))
    return new


def unbook(batch: UsageImport, progress: Progress) -> None:
    """Takes all of it out again, a day at a time; what is left after a failure can be taken out."""
    with _stage():
        with connection.cursor() as cursor:
            cursor.execute(statement("imports/days"), {"batch": batch.id})
            days = [day for (day,) in cursor.fetchall()]
        for done, day in enumerate(days):
            progress("days", done, len(days))
            _unbook_day(batch, day)
        progress("days", len(days), len(days))


@transaction.atomic
def _unbook_day(batch: UsageImport, day: datetime) -> None:
    about: dict[str, Any] = {"batch": batch.id, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(statement("imports/hold_rollup"))
        cursor.execute(statement("imports/unbook"), about)
        hours = [hour for (hour,) in cursor.fetchall()]
        if hours:
            cursor.execute(statement("imports/unroll"), {**about, "hours": hours})
            cursor.execute(statement("roll_up"))
        cursor.execute(statement("imports/forget"), about)


@contextmanager
def _stage() -> Iterator[None]:
    """The tables that a batch is worked on in."""
    with connection.cursor() as cursor:
        for command in statement("stage_tables").split(";"):
            cursor.execute(command)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE staged, booked")
