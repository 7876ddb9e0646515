"""Forgetting what clients said of themselves in usage records; the books stay what they are.

The rollup is blurred before the records forget, so that both agree at every moment. Flushes wait
for a batch of it, which is of one day at most; for nothing else.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from billing.sql import statement
from controlplane.personal_data import ROWS, Batches

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FACETS = 10 * ROWS

# Lets no flush roll up until the transaction ends, and waits for those that do.
LOCK_FACETS = "LOCK TABLE usage_facet IN SHARE ROW EXCLUSIVE MODE"


def forget_metadata(*, until: datetime, customer_id: str | None = None) -> Batches:
    """Of one customer or of all, up to an instant."""
    of = {"until": until, "customer": customer_id}
    yield from _blur_rollup(of)
    yield from _forget_records(of)
    # What was flushed meanwhile.
    yield from _blur_rollup(of)
    yield from _blur_facets(of)


def _blur_rollup(of: dict[str, Any]) -> Batches:
    (start,) = _row("first_hour", {})
    while start is not None and start <= of["until"]:
        end = min(start + DAY, of["until"])
        while _blurred({**of, "start": start, "end": end, "rows": ROWS}):
            yield 0
        start += DAY


def _blurred(given: dict[str, Any]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_FACETS)
        cursor.execute(statement("blur_rollup"), given)
        return int(cursor.fetchone()[0])


def _forget_records(of: dict[str, Any]) -> Batches:
    at, request_id = BEGINNING, ""
    while at is not None:
        place = {"at": at, "request_id": request_id, "rows": ROWS}
        count, at, request_id = _row("forget_metadata", {**of, **place})
        yield count


def _blur_facets(of: dict[str, Any]) -> Batches:
    while _row("blur_facets", {**of, "rows": FACETS})[0]:
        yield 0


def _row(name: str, given: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement(name), given)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
