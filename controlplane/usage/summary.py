"""Sums over usage records by any combination of dimensions, exact to the last digit.

One statement answers groups, rest and total from one snapshot of the table, all sums in NUMERIC.
A record without a price has no cost: it is counted as unpriced and never as zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.money import ZERO
from controlplane.errors import invalid
from controlplane.usage.filters import COLUMNS, RecordFilter, Sql, condition, metadata_text
from controlplane.usage.parameters import METADATA_PREFIX, metadata_key

GROUPS_MAX = 1000
DIMENSIONS_MAX = 6

# Texts are ordered by their bytes, so that a report reads the same on every server.
DIMENSIONS = {
    **{name: f'{column} COLLATE "C"' for name, column in COLUMNS.items()},
    "status": "status",
}
# These take the time zone as their parameter.
CALENDAR_DIMENSIONS = {
    "day": "(at AT TIME ZONE %s)::date",
    "hour": "date_trunc('hour', at, %s)",
}

KNOWN_DIMENSIONS = (*DIMENSIONS, *CALENDAR_DIMENSIONS)

# Refused: turned away at our own door, before any attempt. Failed: neither that nor answered.
MEASURES = {
    "requests": "count(*)",
    "answered": "count(*) FILTER (WHERE status < 400 AND error_code IS NULL)",
    "refused": "count(*) FILTER (WHERE status BETWEEN 400 AND 499 AND attempts = '[]')",
    "input_tokens": "sum(input_tokens)",
    "cached_input_tokens": "sum(cached_input_tokens)",
    "cache_write_tokens": "sum(cache_write_tokens)",
    "output_tokens": "sum(output_tokens)",
    "reasoning_tokens": "sum(reasoning_tokens)",
    "cost_usd": "sum(cost_usd)",
    "saved_usd": "sum(saved_usd)",
    "unpriced_requests": "count(*) FILTER (WHERE cost_usd IS NULL)",
}

STATEMENT = """
WITH grouped AS (
    SELECT {measured}
    FROM usage_usagerecord WHERE {where}
    {grouping}
), placed AS (
    SELECT grouped.*, row_number() OVER (ORDER BY {order}) AS place FROM grouped
)
SELECT 1 AS part, place, 1 AS groups, {shown} FROM placed WHERE place <= %s
UNION ALL
SELECT 2, NULL, count(*), {summed} FROM placed WHERE place > %s
UNION ALL
SELECT 3, NULL, count(*), {summed} FROM placed
ORDER BY part, place
"""
PARTS = 3  # the columns before a row's own: part, place, groups


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What a set of requests adds up to. `cost_usd` is None when none of them has a price."""

    requests: int
    answered: int
    refused: int
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: Decimal | None
    saved_usd: Decimal
    unpriced_requests: int

    @property
    def failed(self) -> int:
        return self.requests - self.answered - self.refused


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


def read_dimensions(group_by: Sequence[str]) -> tuple[str, ...]:
    """Dimensions from texts like `customer,day,metadata.KEY`."""
    names = tuple(name.strip() for text in group_by for name in text.split(",") if text)
    for name in names:
        if name.startswith(METADATA_PREFIX):
            metadata_key(name)
        elif name not in KNOWN_DIMENSIONS:
            known = ", ".join([*KNOWN_DIMENSIONS, f"{METADATA_PREFIX}KEY"])
            raise invalid("group_by", f"Must be some of {known}.")
    if len(set(names)) != len(names) or len(names) > DIMENSIONS_MAX:
        raise invalid("group_by", f"Must name each dimension once, and at most {DIMENSIONS_MAX}.")
    return names


def summarise(
    records: RecordFilter, dimensions: tuple[str, ...], *, limit: int = GROUPS_MAX
) -> Summary:
    """Sums of the records by group: highest cost first, then by the groups' values."""
    where = condition(records)
    keys = [_expression(name, records.timezone) for name in dimensions]
    parameters = [value for sql in (*keys, where) for value in sql.parameters]
    with connection.cursor() as cursor:
        cursor.execute(_statement(where, keys), [*parameters, limit, limit])
        *rows, other, total = cursor.fetchall()
    sums = PARTS + len(dimensions)
    groups = [Group(tuple(map(_plain, row[PARTS:sums])), _sums(row[sums:])) for row in rows]
    return Summary(
        dimensions=dimensions,
        groups=groups if dimensions else [],
        other=_sums(other[sums:]),
        other_groups=other[PARTS - 1],
        total=_sums(total[sums:]),
    )


def _expression(dimension: str, timezone: str) -> Sql:
    if dimension in CALENDAR_DIMENSIONS:
        return Sql(CALENDAR_DIMENSIONS[dimension], (timezone,))
    if dimension in DIMENSIONS:
        return Sql(DIMENSIONS[dimension])
    value = metadata_text(metadata_key(dimension))
    return Sql(f'{value.text} COLLATE "C"', value.parameters)


def _statement(where: Sql, expressions: list[Sql]) -> str:
    keys = [f"key_{position}" for position in range(len(expressions))]
    measured = [f"{sql.text} AS {key}" for sql, key in zip(expressions, keys, strict=True)]
    measured += [f"{text} AS {name}" for name, text in MEASURES.items()]
    return STATEMENT.format(
        where=where.text,
        measured=", ".join(measured),
        grouping=f"GROUP BY {', '.join(keys)}" if keys else "",
        order=", ".join(["cost_usd DESC NULLS LAST", *keys]),
        shown=", ".join([*keys, *MEASURES]),
        summed=", ".join(["NULL" for _ in keys] + [f"sum({name})" for name in MEASURES]),
    )


def _plain(value: date | str | int | None) -> str | int | None:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return value.isoformat() if isinstance(value, date) else value


def _sums(row: Sequence[Any]) -> Sums:
    measured = dict(zip(MEASURES, row, strict=True))
    saved_usd, cost_usd = measured.pop("saved_usd") or ZERO, measured.pop("cost_usd")
    counts = {name: int(value or 0) for name, value in measured.items()}
    if cost_usd is None and not counts["unpriced_requests"]:
        cost_usd = ZERO
    return Sums(cost_usd=cost_usd, saved_usd=saved_usd, **counts)
