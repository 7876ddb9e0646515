"""Where sums come from: the rollups as far as they go, the records for the rest.

Each source is a SELECT of the same columns: `key_0`, `key_1` … for the dimensions, then the
measures. Sums from the rollups are those of the records to the last digit.

A rollup is read by team (few rows) unless a virtual key or metadata is asked for. A key of
metadata that takes too many values is folded there: not told apart. Where such a key is asked
for, the records of the virtual keys that send it are read instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import connection

from controlplane.usage import measures
from controlplane.usage.days import Span, readable_days, without
from controlplane.usage.filters import condition
from controlplane.usage.fragments import FALSE, TRUE, Sql, filled, joined, value
from controlplane.usage.hours import Hours, Reading, plan_reading
from controlplane.usage.question import Question

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
    SELECT {summed} FROM {rollup} WHERE {period} AND {of_facets} GROUP BY {grouped}
) summed JOIN usage_facet ON id = facet_id
WHERE {is_told_apart}
"""
BY_TIME = "SELECT {summed} FROM {rollup} WHERE {period} AND {of_facets} {grouped}"
OF_HOURS = "{level} AND {spans} AND hour <> ALL ({torn}::timestamptz[])"
OF_DAYS = "detail = {detail} AND {spans}"
OF_FACETS = "facet_id IN (SELECT id FROM usage_facet WHERE {level} AND {where})"
# Of a virtual key that began to be folded a moment ago, what is folded is left out until then.
TOLD_APART = "NOT {folds} AND (virtual_key_id = ANY ({folding}::text[])) IS NOT TRUE"
FOLDS = "(folded IS NULL OR folded && {keys}::text[])"
FOLDING = """
SELECT DISTINCT virtual_key_id FROM usage_facet
WHERE by_key AND {folds} AND {where} AND (
    id IN (SELECT facet_id FROM usage_rollup WHERE usage_rollup.by_key AND {hours})
    OR id IN (SELECT facet_id FROM usage_dailyrollup WHERE detail = 'metadata' AND {days})
)
"""
FOLDED_RECORDS = """
SELECT {shown} FROM usage_usagerecord
WHERE virtual_key_id = ANY ({folding}::text[]) AND at >= {start} AND at < {end}
  AND date_trunc('hour', at, 'UTC') <> ALL ({torn}::timestamptz[]) AND {where}
{grouping}
"""


def sums_for(question: Question, hours: Hours | None = None) -> Sql:
    """SQL for the sums by group; a group may come in several rows."""
    hours = hours or Hours()
    reading = plan_reading(question.records, question.dimensions, hours)
    if reading.whole is None:
        return _from_pieces(question, reading.pieces)
    folding = _folding(question, reading.whole, hours) if question.metadata_keys else []
    sources = []
    if reading.days:
        sources.append(_from_days(question, reading, folding))
    if reading.hours:
        sources.append(_from_hours(question, reading, folding))
    if reading.pieces:
        sources.append(_from_pieces(question, reading.pieces))
    if folding:
        sources.append(_from_folded_records(question, reading, reading.whole, folding))
    return joined(" UNION ALL ", sources)


def _folding(question: Question, whole: Span, hours: Hours) -> list[str]:
    """The virtual keys that send metadata which is asked for, and folded in these hours, or near.

    Of one more than needed, records are read where the rollup would have done.
    """
    where = condition(replace(question.timeless, metadata={}))
    asked = repr((question.metadata_keys, where))
    known = hours.folding.get(asked)
    if known is None or whole.start < known[0].start or whole.end > known[0].end:
        span = hours.around(whole)
        known = hours.folding[asked] = span, _folding_in(span, question, where, hours)
    return known[1]


def _folding_in(span: Span, question: Question, where: Sql, hours: Hours) -> list[str]:
    days = readable_days(hours.summed, span, (), "UTC")
    query = filled(
        FOLDING,
        hours=_spans("hour", without(span, days)),
        days=_spans("day", days),
        folds=_folds(question),
        where=where,
    )
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.parameters)
        return [virtual_key for (virtual_key,) in cursor.fetchall()]


def _from_pieces(question: Question, pieces: Sequence[Span]) -> Sql:
    return filled(
        PIECES,
        shown=_columns(question.keys(), measures.only(question.measured, measures.OF_RECORDS)),
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
        shown=_columns(question.keys(), measures.only(question.measured, measures.OF_RECORDS)),
        folding=value(folding),
        start=value(whole.start),
        end=value(whole.end),
        torn=value(list(reading.torn)),
        where=condition(question.timeless),
        grouping=_grouping(question),
    )


def _from_hours(question: Question, reading: Reading, folding: list[str]) -> Sql:
    period = filled(
        OF_HOURS,
        level=_level(question),
        spans=_spans("hour", reading.hours),
        torn=value(list(reading.torn)),
    )
    return _from_rollup("usage_rollup", "hour", question, period, folding)


def _from_days(question: Question, reading: Reading, folding: list[str]) -> Sql:
    spans = _spans("day", reading.days)
    period = filled(OF_DAYS, detail=value(question.detail), spans=spans)
    return _from_rollup("usage_dailyrollup", "day", question, period, folding)


def _from_rollup(
    rollup: str, time: str, question: Question, period: Sql, folding: list[str]
) -> Sql:
    calendar = question.calendar_keys(time)
    where = condition(question.timeless)
    of_facets = filled(OF_FACETS, level=_level(question), where=where) if where != TRUE else TRUE
    if question.is_by_time:
        return filled(
            BY_TIME,
            summed=_columns(calendar, measures.summed(question.measured)),
            rollup=Sql(rollup),
            period=period,
            of_facets=of_facets,
            grouped=_grouping(question),
        )
    shown = {name: Sql(name) if name in calendar else key for name, key in question.keys().items()}
    return filled(
        ROLLUP,
        shown=_columns(shown, measures.only(question.measured, measures.OF_ROLLUP)),
        summed=_columns(
            {"facet_id": Sql("facet_id"), **calendar}, measures.summed(question.measured)
        ),
        rollup=Sql(rollup),
        period=period,
        of_facets=of_facets,
        grouped=Sql(", ".join(["facet_id", *calendar])),
        is_told_apart=_is_told_apart(question, folding),
    )


def _spans(time: str, spans: Sequence[Span]) -> Sql:
    within = Sql(f"({time} >= %s AND {time} < %s)")
    clauses = [Sql(within.text, (span.start, span.end)) for span in spans]
    return filled("({any})", any=joined(" OR ", clauses)) if clauses else FALSE


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
