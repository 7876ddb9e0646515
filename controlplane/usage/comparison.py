"""Two periods beside each other by one dimension: who spends most, and who moved most."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.differences import Split, split
from billing.money import ZERO
from controlplane.usage import measures
from controlplane.usage.consumption import consumed
from controlplane.usage.filters import RecordFilter
from controlplane.usage.fragments import Sql, filled, value
from controlplane.usage.limits import limited_report
from controlplane.usage.measures import Sums, read_sums
from controlplane.usage.plain import plain
from controlplane.usage.question import Question
from controlplane.usage.sources import sums_for

GROUPS_MAX = 1000
ORDERS = {
    "spent": "later_usd DESC, greatest(later_usd, earlier_usd) DESC",
    "moved": "abs(later_usd - earlier_usd) DESC",
}

STATEMENT = """
WITH measured AS (
    SELECT TRUE AS is_later, later.* FROM ({later}) later
    UNION ALL
    SELECT FALSE, earlier.* FROM ({earlier}) earlier
), grouped AS (
    SELECT key_0, is_later, {measured} FROM measured GROUP BY 1, 2
), weighed AS (
    SELECT grouped.*,
           coalesce(sum(cost_usd) FILTER (WHERE is_later) OVER whole, 0) AS later_usd,
           coalesce(sum(cost_usd) FILTER (WHERE NOT is_later) OVER whole, 0) AS earlier_usd
    FROM grouped WINDOW whole AS (PARTITION BY key_0)
), placed AS (
    SELECT weighed.*, dense_rank() OVER (ORDER BY {order}, key_0) AS place FROM weighed
)
SELECT least(place, {beyond}), CASE WHEN place < {beyond} THEN key_0 END, is_later,
       (SELECT max(place) FROM placed), {summed}
FROM placed
GROUP BY 1, 2, 3
ORDER BY 1, 3
"""
NOTHING = read_sums([0] * len(measures.OF_RECORDS))


@dataclass(frozen=True)
class Change:
    """One value of the dimension in both periods, or what so many others add up to."""

    value: str | int | None
    later: Sums = NOTHING
    earlier: Sums = NOTHING
    is_other: bool = False
    groups: int = 1

    @property
    def difference_usd(self) -> Decimal:
        return (self.later.cost_usd or ZERO) - (self.earlier.cost_usd or ZERO)


def compare(
    later: RecordFilter,
    earlier: RecordFilter,
    dimension: str,
    *,
    top: int = GROUPS_MAX,
    order: str = "spent",
) -> list[Change]:
    """The first groups by what was `spent` later or by how far they `moved`; the others last."""
    with limited_report(), connection.cursor() as cursor:
        statement = _statement(
            Question(later, (dimension,)), Question(earlier, (dimension,)), order, top
        )
        cursor.execute(statement.text, statement.parameters)
        return _changes(cursor.fetchall(), top)


def split_difference(later: RecordFilter, earlier: RecordFilter, by: str = "model") -> Split:
    """What made the later period cost more or less, over the values of a dimension.

    Values beyond the first thousand are taken together.
    """
    changes = compare(later, earlier, by)
    names = [_name(change) for change in changes]
    return split(
        {n: consumed(each.earlier) for n, each in zip(names, changes, strict=True)},
        {n: consumed(each.later) for n, each in zip(names, changes, strict=True)},
    )


def _statement(later: Question, earlier: Question, order: str, top: int) -> Sql:
    return filled(
        STATEMENT,
        later=sums_for(later),
        earlier=sums_for(earlier),
        measured=Sql(measures.select_list(measures.OF_GROUPS)),
        order=Sql(ORDERS[order]),
        beyond=value(top + 1),
        summed=Sql(", ".join(measures.OF_SUMS.values())),
    )


def _changes(rows: Sequence[Sequence[Any]], top: int) -> list[Change]:
    found: dict[int, dict[str, Any]] = {}
    for place, key, is_later, places, *sums in rows:
        is_other = place > top
        groups = places - top if is_other else 1
        told = {"value": plain(key), "is_other": is_other, "groups": groups}
        found.setdefault(place, told)["later" if is_later else "earlier"] = read_sums(sums)
    return [Change(**change) for change in found.values()]


def _name(change: Change) -> str:
    if change.is_other:
        return "others"
    return "none" if change.value is None else str(change.value)
