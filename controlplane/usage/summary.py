"""Sums over usage records by any combination of dimensions, exact to the last digit.

One statement answers groups, rest and total from one snapshot of the database, all sums in NUMERIC.
"""

from dataclasses import dataclass

from django.db import connection

from controlplane.usage import measures
from controlplane.usage.filters import RecordFilter
from controlplane.usage.fragments import Sql, filled, value
from controlplane.usage.hours import Hours
from controlplane.usage.limits import limited_report
from controlplane.usage.measures import Sums, read_sums
from controlplane.usage.plain import plain
from controlplane.usage.question import Question
from controlplane.usage.sources import sums_for

GROUPS_MAX = 1000

STATEMENT = """
WITH measured AS ({sources}), grouped AS (
    SELECT {measured} FROM measured {grouping}
), placed AS (
    SELECT grouped.*, row_number() OVER (ORDER BY {order}) AS place FROM grouped
)
SELECT 1 AS part, place, 1 AS groups, {shown} FROM placed WHERE place <= {limit}
UNION ALL
SELECT 2, NULL, count(*), {summed} FROM placed WHERE place > {limit}
UNION ALL
SELECT 3, NULL, count(*), {summed} FROM placed
ORDER BY part, place
"""
PARTS = 3  # the columns before a row's own: part, place, groups


@dataclass(frozen=True)
class Group:
    """One combination of values; a None among them says that the records have no such value."""

    values: tuple[str | int | None, ...]
    sums: Sums


@dataclass(frozen=True)
class Summary:
    """The dearest groups, then what the others add up to, then everything."""

    dimensions: tuple[str, ...]
    groups: list[Group]
    other: Sums
    other_groups: int
    total: Sums


def summarise(
    records: RecordFilter, dimensions: tuple[str, ...], *, limit: int = GROUPS_MAX
) -> Summary:
    """Sums of the records by group: highest cost first, then by the groups' values."""
    with limited_report(), connection.cursor() as cursor:
        statement = statement_for(Question(records, dimensions), limit)
        cursor.execute(statement.text, statement.parameters)
        *rows, other, total = cursor.fetchall()
    sums = PARTS + len(dimensions)
    groups = [Group(tuple(map(plain, row[PARTS:sums])), read_sums(row[sums:])) for row in rows]
    return Summary(
        dimensions=dimensions,
        groups=groups if dimensions else [],
        other=read_sums(other[sums:]),
        other_groups=other[PARTS - 1],
        total=read_sums(total[sums:]),
    )


def statement_for(question: Question, limit: int, hours: Hours | None = None) -> Sql:
    """The groups (part 1, in their places), then the others (2), then everything (3)."""
    keys, measured = list(question.keys()), question.measured
    of_sums = measures.only(measured, measures.OF_SUMS)
    summed = [*("NULL" for _ in keys), *of_sums.values()]
    return filled(
        STATEMENT,
        sources=sums_for(question, hours),
        measured=Sql(
            ", ".join([*keys, measures.select_list(measures.only(measured, measures.OF_GROUPS))])
        ),
        grouping=Sql(f"GROUP BY {', '.join(keys)}" if keys else ""),
        order=Sql(", ".join(["cost_usd DESC NULLS LAST", *keys])),
        shown=Sql(", ".join([*keys, *of_sums])),
        summed=Sql(", ".join(summed)),
        limit=value(limit),
    )
