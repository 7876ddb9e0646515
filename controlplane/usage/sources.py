"""Where sums come from: the hourly rollup as far as it goes, the records for the rest.

Each source is a SELECT of the same columns: `key_0`, `key_1` … for the dimensions, then the
measures. Sums from the rollup are those of the records to the last digit.

The rollup is read by team (few rows) unless a virtual key or metadata is asked for. A key of
metadata that takes too many values is folded there: not told apart. Where such a key is asked
for, the records of the virtual keys that send it are read instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from controlplane.usage import measures
from controlplane.usage.dimensions import CALENDAR, expression, metadata_keys
from controlplane.usage.filters import RecordFilter, condition
from controlplane.usage.fragments import TRUE, Sql, filled, joined, value
from controlplane.usage.hours import Hours, Reading, Span, plan_reading

# OFFSET 0 keeps the subquery as it is: whatever the planner believes, each piece is looked up by
# an index, and never by reading all records.
PIECES = """
SELECT {shown} FROM unnest({starts}::timestamptz[], {ends}::timestamptz[]) AS piece (starts, ends),
LATERAL (
    SELECT * FROM usage_usagerecord WHERE at >= starts AND at < ends AND {where} OFFSET 0
) record
{grouping}
"""
ROLLUP = """
SELECT {shown} FROM (
    SELECT {summed} FROM usage_rollup
    WHERE {level} AND hour >= {start} AND hour < {end} AND hour <> ALL ({torn}::timestamptz[])
      AND {of_facets}
    GROUP BY {hourly}
) hourly JOIN usage_facet ON id = facet_id
WHERE {is_told_apart}
"""
OF_FACETS = "facet_id IN (SELECT id FROM usage_facet WHERE {level} AND {where})"
# Of a virtual key that began to be folded a moment ago, what is folded is left out until then.
TOLD_APART = "NOT {folds} AND (virtual_key_id = ANY ({folding}::text[])) IS NOT TRUE"
FOLDS = "(folded IS NULL OR folded && {keys}::text[])"
FOLDING = """
SELECT DISTINCT virtual_key_id FROM usage_facet JOIN usage_rollup ON facet_id = id
WHERE usage_facet.by_key AND usage_rollup.by_key AND hour >= {start} AND hour < {end}
  AND {folds} AND {where}
"""
FOLDED_RECORDS = """
SELECT {shown} FROM usage_usagerecord
WHERE virtual_key_id = ANY ({folding}::text[]) AND at >= {start} AND at < {end}
  AND date_trunc('hour', at, 'UTC') <> ALL ({torn}::timestamptz[]) AND {where}
{grouping}
"""


@dataclass(frozen=True)
class Question:
    """What is asked: which records, and by which dimensions."""

    records: RecordFilter
    dimensions: tuple[str, ...]

    def keys(self, *, at: str = "at") -> dict[str, Sql]:
        """The dimensions' values by the names of their columns."""
        return {
            f"key_{position}": expression(dimension, self.records.timezone, at=at)
            for position, dimension in enumerate(self.dimensions)
        }

    def calendar_keys(self) -> dict[str, Sql]:
        """Those that depend on the time, over the hours of the rollup."""
        keys = zip(self.keys(at="hour").items(), self.dimensions, strict=True)
        return {name: key for (name, key), dimension in keys if dimension in CALENDAR}

    @property
    def metadata_keys(self) -> list[str]:
        return sorted({*self.records.metadata, *metadata_keys(self.dimensions)})

    @property
    def is_by_key(self) -> bool:
        asked = {*self.dimensions, *self.records.fields}
        return "virtual_key" in asked or bool(self.metadata_keys)

    @property
    def timeless(self) -> RecordFilter:
        return replace(self.records, start=None, end=None)


def sums_for(question: Question, hours: Hours | None = None) -> Sql:
    """SQL for the sums by group; a group may come in several rows."""
    reading = plan_reading(question.records, question.dimensions, hours)
    if reading.whole is None:
        return _from_pieces(question, reading.pieces)
    folding = _folding(question, reading.whole) if question.metadata_keys else []
    sources = [_from_rollup(question, reading, reading.whole, folding)]
    if reading.pieces:
        sources.append(_from_pieces(question, reading.pieces))
    if folding:
        sources.append(_from_folded_records(question, reading, reading.whole, folding))
    return joined(" UNION ALL ", sources)


def _folding(question: Question, whole: Span) -> list[str]:
    """The virtual keys that send metadata which is asked for, and folded in these hours."""
    query = filled(
        FOLDING,
        start=value(whole.start),
        end=value(whole.end),
        folds=_folds(question),
        where=condition(replace(question.timeless, metadata={})),
    )
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.parameters)
        return [virtual_key for (virtual_key,) in cursor.fetchall()]


def _from_pieces(question: Question, pieces: Sequence[Span]) -> Sql:
    return filled(
        PIECES,
        shown=_columns(question.keys(), measures.OF_RECORDS),
        starts=value([piece.start for piece in pieces]),
        ends=value([piece.end for piece in pieces]),
        where=condition(question.timeless),
        grouping=_grouping(question),
    )


def _from_folded_records(
    question: Question, reading: Reading, whole: Span, folding: list[str]
) -> Sql:
    return filled(
        FOLDED_RECORDS,
        shown=_columns(question.keys(), measures.OF_RECORDS),
        folding=value(folding),
        start=value(whole.start),
        end=value(whole.end),
        torn=value(list(reading.torn)),
        where=condition(question.timeless),
        grouping=_grouping(question),
    )


def _from_rollup(question: Question, reading: Reading, whole: Span, folding: list[str]) -> Sql:
    calendar = question.calendar_keys()
    shown = {name: Sql(name) if name in calendar else key for name, key in question.keys().items()}
    where = condition(question.timeless)
    return filled(
        ROLLUP,
        shown=_columns(shown, measures.OF_ROLLUP),
        summed=_columns({"facet_id": Sql("facet_id"), **calendar}, measures.OF_COLUMNS),
        level=_level(question),
        start=value(whole.start),
        end=value(whole.end),
        torn=value(list(reading.torn)),
        of_facets=filled(OF_FACETS, level=_level(question), where=where) if where != TRUE else TRUE,
        hourly=Sql(", ".join(["facet_id", *calendar])),
        is_told_apart=_is_told_apart(question, folding),
    )


def _is_told_apart(question: Question, folding: list[str]) -> Sql:
    if not question.metadata_keys:
        return TRUE
    return filled(TOLD_APART, folds=_folds(question), folding=value(folding))


def _folds(question: Question) -> Sql:
    return filled(FOLDS, keys=value(question.metadata_keys))


def _level(question: Question) -> Sql:
    return Sql("by_key" if question.is_by_key else "NOT by_key")


def _grouping(question: Question) -> Sql:
    return Sql(f"GROUP BY {', '.join(question.keys())}" if question.dimensions else "")


def _columns(keys: Mapping[str, Sql], measured: Mapping[str, str]) -> Sql:
    named = [filled("{key} AS " + name, key=key) for name, key in keys.items()]
    return joined(", ", [*named, Sql(measures.select_list(measured))])
