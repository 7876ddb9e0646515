"""Writing the records as a data-plane process would: by the ledger's own statements."""

from collections.abc import Iterable
from datetime import UTC
from itertools import islice

import msgspec
from django.db import connection, transaction

from billing.sql import statement
from controlplane.demo_data.calls import Call
from controlplane.demo_data.rhythm import Span

Windows = list[dict[str, str | None]]

BATCH_RECORDS = 5000
STEPS = ("open_staged", "lock_staged", "book")
NOBODY = {"process": "demo-data"}  # holds no allowance, so that nothing is taken from one

# Records booked in the order of their time leave the planner with outdated figures.
ANALYZE = "ANALYZE usage_usagerecord, usage_rollup, usage_facet, budgets_balance"


def book(calls: Iterable[tuple[Call, Windows]], *, prefix: str) -> int:
    """Books calls with ids that begin with the prefix; returns how many."""
    many, rest = 0, enumerate(calls, start=1)
    _make_stage()
    try:
        while batch := list(islice(rest, BATCH_RECORDS)):
            _book([_line(booked, request_id(prefix, number)) for number, booked in batch])
            many += len(batch)
    finally:
        _drop_stage()
    with connection.cursor() as cursor:
        cursor.execute(ANALYZE)
    return many


def request_id(prefix: str, number: int) -> str:
    return f"{prefix}{number:07}"


def create_partitions(span: Span) -> None:
    """A partition for each day that records come in."""
    days = [f"{moment.astimezone(UTC):%Y-%m-%d}" for moment in span]
    with connection.cursor() as cursor:
        cursor.execute("SELECT usage_create_partitions(%s, %s)", days)


@transaction.atomic
def _book(lines: list[bytes]) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(statement("stage")) as copy:
            copy.write(b"\n".join(lines).replace(b"\\", b"\\\\") + b"\n")
        for step in STEPS:
            cursor.execute(statement(step))
        cursor.execute(statement("settle"), NOBODY)
        cursor.execute(statement("roll_up"))


def _make_stage() -> None:
    with connection.cursor() as cursor:
        for command in statement("stage_tables").split(";"):
            cursor.execute(command)


def _drop_stage() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE staged, booked")


def _line(booked: tuple[Call, Windows], id: str) -> bytes:
    call, windows = booked
    caller = call.caller
    record = {
        "request_id": id,
        "at": call.at,
        "customer_id": caller.customer.id,
        "team_id": caller.team.id,
        "virtual_key_id": caller.id,
        "metadata": caller.metadata,
        "endpoint": caller.service.endpoint,
        "service_tier": "standard",
        "token_details": {},
        "cost_usd": call.cost_usd,
        "windows": windows,
        **call.columns,
    }
    return msgspec.json.encode(record)
