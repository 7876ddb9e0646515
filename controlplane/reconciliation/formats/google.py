"""Google's billing export, as BigQuery writes it: CSV or a JSON object a line.

The schema is documented at
https://docs.cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage: a row
is the usage of one SKU in an hour; `usage_start_time` is UTC (invoice months are Pacific time);
`cost` is in the account's `currency`, which `currency_conversion_rate` (units for a dollar) turns
back; `credits` are apart, and negative; `cost_type` is `regular`, `tax`, `adjustment` or
`rounding_error`. The model is in the SKU's description: `Generate content input token count gemini
2.5 flash short input text` of the Gemini API, `Gemini 2.5 Flash Text Input - Predictions` of Vertex
AI; `usage.unit` is `count` for tokens.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from billing.reconciliation.sides import CACHED_INPUT, CHARGE, INPUT, OUTPUT
from controlplane.reconciliation.formats import values
from controlplane.reconciliation.formats.lines import Format, Line, Row

SERVICES = ("vertex ai", "gemini", "generative language")
MODELS = re.compile(r"gemini|claude|llama|mistral|embedding|gemma|deepseek|qwen|gpt", re.IGNORECASE)
WORD = re.compile(r"[a-z0-9.]+")
NOISE = frozenset(
    """generate content token tokens count input output text image audio video short long cached
    caching cache predictions prediction online batch flex priority thinking native modality for
    global regional context up to over 200k read write non reasoning response""".split()  # noqa: SIM905
)
ZERO = Decimal(0)


def _export(row: Row) -> Iterator[Line]:
    service = str(row.get("service_description") or "").lower()
    sku = values.name(row["sku_description"])
    if service and not any(each in service for each in SERVICES):
        return
    model, kind = _model_and_kind(sku)
    is_regular = str(row.get("cost_type") or "regular").lower() == "regular"
    is_counted = str(row.get("usage_unit") or "count").lower() in ("count", "tokens")
    if not (is_regular and is_counted):
        kind = CHARGE
    line = Line(
        day=values.day(row["usage_start_time"]),
        model=model,
        kind=kind,
        amount=values.amount(row["cost"]),
        tokens=None if kind == CHARGE else _tokens(row),
        currency=values.currency(row.get("currency")),
        per_usd=_rate(row.get("currency_conversion_rate")),
    )
    yield line
    if credit := _credits(row.get("credits")):
        yield Line(
            day=line.day,
            model=model,
            kind=CHARGE,
            amount=credit,
            currency=line.currency,
            per_usd=line.per_usd,
        )


def _model_and_kind(sku: str) -> tuple[str, str]:
    words = WORD.findall(sku.lower())
    model = " ".join(word for word in words if word not in NOISE)
    if not MODELS.search(model):
        return "", CHARGE
    if "output" in words:
        return model, OUTPUT
    if "input" not in words:
        return model, CHARGE
    return model, CACHED_INPUT if {"cached", "caching", "cache"} & set(words) else INPUT


def _tokens(row: Row) -> int | None:
    return None if values.is_empty(row.get("usage_amount")) else values.count(row["usage_amount"])


def _rate(value: Any) -> Decimal | None:
    if values.is_empty(value):
        return None
    rate = values.amount(value)
    if rate <= 0:
        raise ValueError("The conversion rate must be above zero.")
    return rate


def _credits(value: Any) -> Decimal:
    """A list of `{name, amount}`, its JSON text, or their sum."""
    if values.is_empty(value):
        return ZERO
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise ValueError("The credits are no list.") from None
    if not isinstance(value, list):
        return values.amount(value)
    amounts = [each.get("amount", 0) if isinstance(each, Mapping) else each for each in value]
    return sum(map(values.amount, amounts), ZERO)


GOOGLE = (
    Format(
        "google",
        "Google billing export",
        frozenset({"sku_description", "usage_start_time", "cost"}),
        _export,
    ),
)
