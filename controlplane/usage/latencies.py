"""Percentiles of latencies, from counts in classes 10 % wide: within 5 % of the true ones.

They are counted by hour, provider and model, and by customer and team, a little after the records
come in (`services.measure_latencies`); answers from a cache are not among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from controlplane.errors import invalid
from controlplane.usage.filters import RecordFilter, condition
from controlplane.usage.fragments import Sql, filled, joined, value
from controlplane.usage.limits import limited_report
from controlplane.usage.plain import plain
from controlplane.usage.question import Question

CLASS_WIDTH = 1.1  # as in `billing/sql/measure_latencies.sql`
KNOWN_DIMENSIONS = ("customer", "team", "provider", "model", "hour", "day", "month")
BY_TEAM = frozenset({"customer", "team"})
COLUMNS = {
    "total_ms": ("total_buckets", "total_counts"),
    "ttft_ms": ("first_buckets", "first_counts"),
}

STATEMENT = """
WITH counted AS (
    SELECT {keys}, class, sum(answers) AS answers
    FROM usage_latency, unnest({classes}, {counts}) AS counted (class, answers)
    WHERE {level} AND {period} AND {where}
    GROUP BY {grouping}
), cumulated AS (
    SELECT counted.*, sum(answers) OVER (PARTITION BY {names} ORDER BY class) AS until,
           sum(answers) OVER (PARTITION BY {names}) AS whole
    FROM counted
)
SELECT {names}, whole,
       min(class) FILTER (WHERE until >= 0.5 * whole),
       min(class) FILTER (WHERE until >= 0.95 * whole),
       min(class) FILTER (WHERE until >= 0.99 * whole)
FROM cumulated
GROUP BY {names}, whole
ORDER BY {names}
"""


@dataclass(frozen=True)
class Percentiles:
    """Milliseconds that half, 95 and 99 of 100 answers took at most, of so many answers."""

    answers: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Latencies:
    """Of one group; its values are in the order of the dimensions asked for."""

    values: tuple[str | int | None, ...]
    percentiles: Percentiles


def latencies(
    records: RecordFilter, dimensions: tuple[str, ...] = (), *, of: str = "total_ms"
) -> list[Latencies]:
    """Percentiles by group, in the order of its values; of whole hours that the period touches.

    `of` is `total_ms`, or `ttft_ms` of streams. Raises `DomainError` for filters and dimensions
    that latencies are not counted by.
    """
    _require_counted(records, dimensions)
    with limited_report(), connection.cursor() as cursor:
        statement = _statement(Question(records, dimensions), of)
        cursor.execute(statement.text, statement.parameters)
        return [_read(row) for row in cursor.fetchall()]


def _read(row: Sequence[Any]) -> Latencies:
    _, *keys, answers, p50, p95, p99 = row
    spread = (CLASS_WIDTH ** (each + 0.5) for each in (p50, p95, p99))
    return Latencies(tuple(map(plain, keys)), Percentiles(int(answers), *spread))


def _statement(question: Question, of: str) -> Sql:
    classes, counts = COLUMNS[of]
    keys = {"everything": Sql("TRUE"), **question.keys(at="hour")}
    names = Sql(", ".join(keys))
    shown = [filled("{key} AS " + name, key=key) for name, key in keys.items()]
    return filled(
        STATEMENT,
        keys=joined(", ", shown),
        classes=Sql(classes),
        counts=Sql(counts),
        level=Sql("by_team" if _is_by_team(question) else "NOT by_team"),
        period=_period(question.records),
        where=condition(question.timeless),
        grouping=Sql(f"{names.text}, class"),
        names=names,
    )


def _is_by_team(question: Question) -> bool:
    asked = {*question.dimensions, *question.records.fields}
    return bool(asked & BY_TEAM) or question.records.only_customer is not None


def _period(records: RecordFilter) -> Sql:
    clauses = [Sql("TRUE")]
    if records.start is not None:
        clauses.append(filled("hour >= {start}", start=value(_hour(records.start))))
    if records.end is not None:
        clauses.append(filled("hour < {end}", end=value(records.end)))
    return joined(" AND ", clauses)


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _require_counted(records: RecordFilter, dimensions: Sequence[str]) -> None:
    asked = [*dimensions, *records.fields, *(f"metadata.{key}" for key in records.metadata)]
    for name in asked:
        if name not in KNOWN_DIMENSIONS:
            raise invalid(name, "Latencies are not counted by this.")
