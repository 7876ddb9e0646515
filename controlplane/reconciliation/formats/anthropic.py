"""Anthropic's exports: cost and usage, as CSV of the Console and as JSON of the Admin API.

Cost report (`GET /v1/organizations/cost_report`,
https://platform.claude.com/docs/en/api/admin/cost_report/retrieve): buckets of a day (UTC, RFC
3339); `amount` is a decimal string in the lowest unit of the currency, that is cents; `model`,
`token_type` and `cost_type` are null unless grouped by description. Usage report
(`GET /v1/organizations/usage_report/messages`): tokens, none of which is in another count.

The Console's CSV files (https://support.claude.com/en/articles/9534590) are in US dollars and days
of UTC: cost has `usage_date_utc, model, …, token_type, cost_usd, list_price_usd, cost_type` and
calls models by their titles (`Claude Haiku 4.5`), usage has `usage_date_utc, model_version, …,
usage_input_tokens_no_cache, usage_input_tokens_cache_write_5m, …`.
"""

from collections.abc import Iterator

from billing.reconciliation.sides import (
    ALL_KINDS,
    CACHE_WRITE,
    CACHED_INPUT,
    CHARGE,
    INPUT,
    OUTPUT,
)
from controlplane.reconciliation.formats import values
from controlplane.reconciliation.formats.lines import Format, Line, Row

CENTS = 100
USAGE_COLUMNS = {
    "usage_input_tokens_no_cache": INPUT,
    "usage_input_tokens_cache_read": CACHED_INPUT,
    "usage_input_tokens_cache_write_5m": CACHE_WRITE,
    "usage_input_tokens_cache_write_1h": CACHE_WRITE,
    "usage_output_tokens": OUTPUT,
}
REPORT_COLUMNS = {
    "uncached_input_tokens": INPUT,
    "cache_read_input_tokens": CACHED_INPUT,
    "cache_creation_ephemeral_5m_input_tokens": CACHE_WRITE,
    "cache_creation_ephemeral_1h_input_tokens": CACHE_WRITE,
    "output_tokens": OUTPUT,
}


def _cost_file(row: Row) -> Iterator[Line]:
    yield Line(
        day=values.day(row["usage_date_utc"]),
        model=values.name(row.get("model")),
        kind=_kind(row),
        amount=values.amount(row["cost_usd"]),
    )


def _cost_report(row: Row) -> Iterator[Line]:
    yield Line(
        day=values.day(row["starting_at"]),
        model=values.name(row.get("model")),
        kind=_kind(row),
        amount=values.amount(row["amount"]) / CENTS,
        currency=values.currency(row.get("currency")),
    )


def _kind(row: Row) -> str:
    """`input_no_cache` of the file, `uncached_input_tokens` of the API, and so on."""
    cost, token = (str(row.get(name) or "").lower() for name in ("cost_type", "token_type"))
    if cost not in ("", "token", "tokens"):
        return CHARGE
    if "output" in token:
        return OUTPUT
    if "read" in token:
        return CACHED_INPUT
    if "write" in token or "creation" in token:
        return CACHE_WRITE
    return INPUT if "input" in token else ALL_KINDS


def _usage_file(row: Row) -> Iterator[Line]:
    at, model = values.day(row["usage_date_utc"]), values.name(row["model_version"])
    for column, kind in USAGE_COLUMNS.items():
        yield Line(day=at, model=model, kind=kind, tokens=values.count(row.get(column)))


def _usage_report(row: Row) -> Iterator[Line]:
    at, model = values.day(row["starting_at"]), values.name(row.get("model"))
    for column, kind in REPORT_COLUMNS.items():
        yield Line(day=at, model=model, kind=kind, tokens=values.count(row.get(column)))


ANTHROPIC = (
    Format(
        "anthropic_costs",
        "Anthropic cost file",
        frozenset({"usage_date_utc", "cost_usd"}),
        _cost_file,
    ),
    Format(
        "anthropic_usage",
        "Anthropic usage file",
        frozenset({"usage_date_utc", "model_version", "usage_output_tokens"}),
        _usage_file,
    ),
    Format(
        "anthropic_cost_report",
        "Anthropic cost report",
        frozenset({"starting_at", "amount"}),
        _cost_report,
    ),
    Format(
        "anthropic_usage_report",
        "Anthropic usage report",
        frozenset({"starting_at", "uncached_input_tokens"}),
        _usage_report,
    ),
)
