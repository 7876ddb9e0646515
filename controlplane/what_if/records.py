"""The calls that a question is about, in the order of time, in batches by key."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from billing.explanations import tokens_of
from billing.tokens import MAIN_KINDS, NO_TOKENS, Tokens
from billing.what_if.calls import PastCall
from controlplane.usage.filters import condition
from controlplane.usage.fragments import TRUE, Sql, filled, joined, value
from controlplane.what_if.questions import Question

BATCH = 5000
REFUSED = "budget_exceeded"
COLUMNS = """at, request_id, customer_id, team_id, virtual_key_id, model, input_tokens,
    cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, token_details,
    service_tier, cost_usd, reserved_usd, price_id, saved_usd,
    cache IN ('exact', 'semantic'), coalesce(error_code = 'budget_exceeded', false)"""
# The comparison of pairs says it all, but only the one of `at` leaves partitions out.
PAGE = """
SELECT {columns} FROM usage_usagerecord
WHERE {where} AND {about} AND at >= {at} AND (at, request_id) > ({at}, {request_id})
  AND (usage_source <> 'none' OR cache IN ('exact', 'semantic') OR error_code = 'budget_exceeded')
ORDER BY at, request_id LIMIT {limit}
"""
OWNER_COLUMNS = {
    "customer": "customer_id",
    "team": "team_id",
    "virtual_key": "virtual_key_id",
}


def past_calls(question: Question) -> Iterator[PastCall]:
    """Memory holds one batch, whatever the number of records."""
    assert question.records.start is not None, "a question has a period"
    where, about = condition(question.records), _about(question)
    last: tuple[datetime, str] = (question.records.start, "")
    while True:
        page = filled(
            PAGE,
            columns=Sql(COLUMNS),
            where=where,
            about=about,
            at=value(last[0]),
            request_id=value(last[1]),
            limit=value(BATCH),
        )
        with connection.cursor() as cursor:
            cursor.execute(page.text, page.parameters)
            rows = cursor.fetchall()
        yield from map(_call, rows)
        if len(rows) < BATCH:
            return
        last = rows[-1][0], rows[-1][1]


def _about(question: Question) -> Sql:
    """Calls that something changes for: the others cost what they did."""
    if question.prices_on is not None:
        return TRUE
    parts = []
    if models := [*question.prices, *question.models]:
        parts.append(filled("model = ANY ({models}::text[])", models=value(models)))
    for kind, column in OWNER_COLUMNS.items():
        if ids := [each.owner_id for each in question.budgets if each.owner_type == kind]:
            parts.append(filled(f"{column} = ANY ({{ids}}::text[])", ids=value(ids)))
    if question.cache_off:
        parts.append(Sql("cache IN ('exact', 'semantic')"))
    either = joined(" OR ", parts) if parts else Sql("false")
    return Sql(f"({either.text})", either.parameters)


def _call(row: tuple[Any, ...]) -> PastCall:
    at, _, customer, team, key, model, *rest = row
    details, tier, cost, reserved, price_id, saved, is_hit, was_refused = rest[5:]
    owners = customer, team, key
    tokens = _tokens(rest[:5], details)
    return PastCall(
        at, owners, model or "", tokens, tier, cost, reserved, price_id, saved, is_hit, was_refused
    )


def _tokens(counts: list[int], details: Any) -> Tokens:
    """Of an imported record, parts may exceed their whole: nothing can be priced of it."""
    try:
        if not details or details == "{}":
            return Tokens(*counts)
        return tokens_of(dict(zip(MAIN_KINDS, counts, strict=True)), details)
    except ValueError:
        return NO_TOKENS
