"""OpenAI's exports: costs and usage, as CSV of the dashboard and as JSON of the API.

Costs (`GET /v1/organization/costs`, https://platform.openai.com/docs/api-reference/usage/costs):
buckets of a day (UTC, Unix seconds), in US dollars as a floating point number; grouped by
`line_item`, such as `gpt-4o-2024-08-06, input`, else one sum a day. No tokens. The CSV has the same
fields (`start_time_iso`, `amount_value`, `amount_currency`, `line_item`); a day without costs is a
row without an amount.

Usage (`GET /v1/organization/usage/completions`, `…/embeddings`,
https://platform.openai.com/docs/api-reference/usage): tokens by day and `model` (the snapshot that
answered); `input_tokens` has `input_cached_tokens` in it. No amounts.
"""

from collections.abc import Iterator

from billing.reconciliation.sides import ALL_KINDS, CACHED_INPUT, CHARGE, INPUT, OUTPUT
from controlplane.reconciliation.formats import values
from controlplane.reconciliation.formats.lines import Format, Line, Row


def _costs(row: Row) -> Iterator[Line]:
    if values.is_empty(row.get("amount_value")):
        return
    model, kind = _line_item(values.name(row.get("line_item")))
    yield Line(
        day=values.day(row["start_time"]),
        model=model,
        kind=kind,
        amount=values.amount(row["amount_value"]),
        currency=values.currency(row.get("amount_currency")),
    )


def _line_item(text: str) -> tuple[str, str]:
    """The model and the kind of token. What names no model is a charge of that name."""
    name, _, detail = (part.strip() for part in text.rpartition(","))
    words = detail.lower().split()
    if name and words and words[-1] in (INPUT, OUTPUT):
        kind = words[-1] if "cached" not in words else CACHED_INPUT
        return name, kind
    is_model = not text or ("|" not in text and any(letter.isdigit() for letter in text))
    return text, ALL_KINDS if is_model else CHARGE


def _usage(row: Row) -> Iterator[Line]:
    if values.is_empty(row.get("model")):
        return
    whole, cached = (values.count(row.get(it)) for it in ("input_tokens", "input_cached_tokens"))
    if cached > whole:
        raise ValueError("More tokens were cached than read.")
    counts = {INPUT: whole - cached, CACHED_INPUT: cached}
    counts[OUTPUT] = values.count(row.get("output_tokens"))
    at, model = values.day(row["start_time"]), values.name(row["model"])
    for kind, tokens in counts.items():
        yield Line(day=at, model=model, kind=kind, tokens=tokens)


OPENAI = (
    Format("openai_costs", "OpenAI costs", frozenset({"start_time", "amount_value"}), _costs),
    Format(
        "openai_usage",
        "OpenAI usage",
        frozenset({"start_time", "num_model_requests", "input_tokens", "model"}),
        _usage,
    ),
)
