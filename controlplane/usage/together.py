"""Several summaries at once: what a page shows comes from one snapshot of the books, and agrees.

One statement answers all questions; whatever is booked meanwhile is in none of them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from controlplane.usage import measures
from controlplane.usage.filters import RecordFilter
from controlplane.usage.fragments import Sql, filled, joined, value
from controlplane.usage.hours import Hours
from controlplane.usage.measures import Sums, read_sums
from controlplane.usage.question import Question
from controlplane.usage.summary import GROUPS_MAX, Group, Summary, statement_for

ANSWER = """
SELECT {number}::int AS question, part, place, groups, jsonb_build_array({keys}) AS keys, {sums}
FROM ({statement}) answer
"""
KEYS = 4  # the column of the values; the sums follow it
ORDER = " ORDER BY question, part, place"


@dataclass(frozen=True)
class Asked:
    """One summary that is asked for."""

    records: RecordFilter
    dimensions: tuple[str, ...] = ()
    limit: int = GROUPS_MAX
    measured: tuple[str, ...] = measures.ALL

    @property
    def question(self) -> Question:
        return Question(self.records, self.dimensions, self.measured)

    @property
    def columns(self) -> list[str]:
        """Of all measures, so that every question has the same."""
        return [n if n in self.measured else f"NULL AS {n}" for n in measures.ALL]


def summarise_together(asked: Sequence[Asked], hours: Hours | None = None) -> list[Summary]:
    """The summaries in the order asked for. To be called within `limited_report`.

    `hours` is what was asked of the calendar already.
    """
    if not asked:
        return []
    hours = hours or Hours()
    answers = [
        filled(
            ANSWER,
            number=value(number),
            keys=Sql(", ".join(f"key_{place}" for place in range(len(each.dimensions)))),
            sums=Sql(", ".join(each.columns)),
            statement=statement_for(each.question, each.limit, hours),
        )
        for number, each in enumerate(asked)
    ]
    query = joined(" UNION ALL ", answers)
    with connection.cursor() as cursor:
        cursor.execute(query.text + ORDER, query.parameters)
        rows = cursor.fetchall()
    return [
        _summary(each, [row for row in rows if row[0] == number])
        for number, each in enumerate(asked)
    ]


def _summary(asked: Asked, rows: Sequence[Any]) -> Summary:
    *found, other, total = rows
    groups = [
        Group(_values(asked.dimensions, json.loads(row[KEYS])), _sums(asked, row)) for row in found
    ]
    return Summary(
        dimensions=asked.dimensions,
        groups=groups if asked.dimensions else [],
        other=_sums(asked, other),
        other_groups=other[KEYS - 1],
        total=_sums(asked, total),
    )


def _sums(asked: Asked, row: Sequence[Any]) -> Sums:
    found = dict(zip(measures.ALL, row[KEYS + 1 :], strict=True))
    return read_sums([found[name] for name in asked.measured], asked.measured)


def _values(
    dimensions: Sequence[str], keys: Sequence[str | int | None]
) -> tuple[str | int | None, ...]:
    """As `summarise` has them: an hour is an instant of UTC."""
    return tuple(
        f"{str(key)[:19]}Z" if name == "hour" else key
        for name, key in zip(dimensions, keys, strict=True)
    )
