"""Sums over time: by hour, day or month of a time zone, and by the largest values of a dimension.

One statement, from the hourly rollup as far as it goes; every sum is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from controlplane.usage import measures
from controlplane.usage.filters import RecordFilter
from controlplane.usage.fragments import Sql, filled, value
from controlplane.usage.limits import limited_report
from controlplane.usage.measures import Sums, read_sums
from controlplane.usage.plain import plain
from controlplane.usage.question import Question
from controlplane.usage.sources import sums_for

TOP = 7
RANKED_BY = "cost_usd"

# Ranked by the sum over all time; what is beyond the top is one line of its own.
STATEMENT = """
WITH measured AS ({sources}), grouped AS (
    SELECT key_0, {line} AS line, {measured} FROM measured GROUP BY 1, 2
), weighed AS (
    SELECT grouped.*, sum({ranked_by}) OVER (PARTITION BY line) AS weight FROM grouped
), placed AS (
    SELECT weighed.*, dense_rank() OVER (ORDER BY weight DESC NULLS LAST, line) AS place
    FROM weighed
)
SELECT least(place, {beyond}) AS place, key_0,
       CASE WHEN place < {beyond} THEN line END, (SELECT max(place) FROM placed), {summed}
FROM placed
GROUP BY 1, 2, 3
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Line:
    """One value of the dimension over time; `sums` by bucket has those with requests."""

    value: str | int | None
    sums: dict[str, Sums]
    is_other: bool = False
    groups: int = 1


@dataclass(frozen=True)
class Series:
    """The largest lines, the largest first, and last what all others add up to, if there are any.

    Without a dimension it is one line.
    """

    grain: str
    lines: list[Line]


def series(
    records: RecordFilter,
    grain: str,
    dimension: str | None = None,
    *,
    top: int = TOP,
    ranked_by: str = RANKED_BY,
) -> Series:
    """Sums by `hour`, `day` or `month`, and by the dimension's values with the largest measure."""
    question = Question(records, (grain,) if dimension is None else (grain, dimension))
    with limited_report(), connection.cursor() as cursor:
        statement = _statement(question, top, ranked_by)
        cursor.execute(statement.text, statement.parameters)
        return Series(grain, _lines(cursor.fetchall(), top))


def _statement(question: Question, top: int, ranked_by: str) -> Sql:
    if ranked_by not in measures.OF_RECORDS:
        raise ValueError(f"not a measure: {ranked_by}")
    return filled(
        STATEMENT,
        sources=sums_for(question),
        line=Sql("key_1" if len(question.dimensions) > 1 else "NULL::text"),
        measured=Sql(measures.select_list(measures.OF_GROUPS)),
        ranked_by=Sql(ranked_by),
        beyond=value(top + 1),
        summed=Sql(", ".join(measures.OF_SUMS.values())),
    )


def _lines(rows: Sequence[Sequence[Any]], top: int) -> list[Line]:
    lines: dict[int, Line] = {}
    for place, bucket, name, places, *sums in rows:
        if place not in lines:
            is_other = place > top
            groups = places - top if is_other else 1
            lines[place] = Line(plain(name), {}, is_other=is_other, groups=groups)
        lines[place].sums[str(plain(bucket))] = read_sums(sums)
    return list(lines.values())
