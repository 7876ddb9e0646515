"""AWS: the Cost and Usage Report in both versions, and the CSV of Cost Explorer.

What Bedrock bills is told by the usage type
(https://docs.aws.amazon.com/bedrock/latest/userguide/cost-mgmt-understanding-cur-data.html):
region, the model's billing name and the kind of token, as in `USE1-Claude4.6Sonnet-input-tokens`
or `…-cache-read-input-token-count-cross-region-global`; rows are sums of an hour or a day (UTC).
`pricing/unit` says what the amount counts, mostly `1K tokens`. Models that are sold on the
Marketplace have `MP:USE1_InputTokenCount-Units`, counted in millions, and are named by the product.

CUR 2.0 calls `lineItem/UsageStartDate` `line_item_usage_start_date`, and so on
(https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html); its `product` is a
map. Cost Explorer's CSV, grouped by usage type and by day, has a column for each usage type
(`…-input-tokens($)`), a first row of totals, and a row for each day.
"""

import json
import re
from collections.abc import Iterator

from billing.reconciliation.sides import CACHE_WRITE, CACHED_INPUT, CHARGE, INPUT, OUTPUT
from controlplane.reconciliation.formats import values
from controlplane.reconciliation.formats.lines import Format, Line, Row

USAGE = frozenset({"", "usage", "discountedusage", "savingsplancoveredusage"})
REGION = re.compile(r"^[A-Z]{2,5}[0-9]?-")
KINDS = {
    "cache-read-input-token": CACHED_INPUT,
    "cachereadinputtoken": CACHED_INPUT,
    "cache-write-input-token": CACHE_WRITE,
    "cachewriteinputtoken": CACHE_WRITE,
    "input-token": INPUT,
    "inputtoken": INPUT,
    "output-token": OUTPUT,
    "outputtoken": OUTPUT,
}
MANTLE = re.compile(r"-mantle$")
WIDE_SUFFIX = re.compile(r"\s*\(\$\)$")
BEDROCK = "bedrock"


def _report(row: Row) -> Iterator[Line]:
    usage_type, product = (
        values.name(row.get(name)) for name in ("line_item_usage_type", "line_item_product_code")
    )
    title = _product(row)
    model, kind = _model_and_kind(usage_type)
    if BEDROCK not in f"{product} {title}".lower() and not model:
        return
    if str(row.get("line_item_line_item_type") or "").lower() not in USAGE:
        kind = CHARGE
    yield Line(
        day=values.day(row["line_item_usage_start_date"]),
        model=title if model.startswith("MP:") else model,
        kind=kind,
        amount=values.amount(row["line_item_unblended_cost"] or 0),
        tokens=None if kind == CHARGE else _tokens(row, usage_type),
        currency=values.currency(row.get("line_item_currency_code")),
    )


def _product(row: Row) -> str:
    """The product's title: a column of its own, or in the map of CUR 2.0."""
    if title := row.get("product_product_name"):
        return values.name(title)
    try:
        held = json.loads(str(row.get("product") or "{}"))
    except (ValueError, RecursionError):
        return ""
    return values.name(held.get("product_name")) if isinstance(held, dict) else ""


def _model_and_kind(usage_type: str) -> tuple[str, str]:
    """`("Claude4.6Sonnet", "input")`; no model and a charge for what is not billed by the token."""
    text = REGION.sub("", usage_type)
    lowered = text.lower()
    for marker, kind in KINDS.items():
        if (place := lowered.find(marker)) > 0:
            return MANTLE.sub("", text[:place].rstrip("-_")), kind
    return "", CHARGE


def _tokens(row: Row, usage_type: str) -> int:
    unit = str(row.get("pricing_unit") or "").lower()
    says = f"{unit} {str(row.get('line_item_line_item_description') or '').lower()}"
    if "1m" in unit or "million" in says or "MP:" in usage_type:
        times = 1_000_000
    else:
        times = 1 if unit in ("token", "tokens") else 1_000
    return values.count(row.get("line_item_usage_amount"), times)


def _cost_explorer(row: Row) -> Iterator[Line]:
    columns = iter(row.items())
    _, first = next(columns)
    if str(first).lower().endswith("total"):
        return
    at = values.day(first)
    for column, cell in columns:
        usage_type = WIDE_SUFFIX.sub("", column.strip())
        if values.is_empty(cell) or usage_type.lower() == "total costs":
            continue
        model, kind = _model_and_kind(usage_type)
        if model or BEDROCK in usage_type.lower():
            yield Line(day=at, model=model, kind=kind, amount=values.amount(cell))


AWS = (
    Format(
        "aws_cur",
        "AWS Cost and Usage Report",
        frozenset(
            {"line_item_usage_start_date", "line_item_usage_type", "line_item_unblended_cost"}
        ),
        _report,
        id_column="identity_line_item_id",
    ),
    Format("aws_cost_explorer", "AWS Cost Explorer", frozenset({"Total costs($)"}), _cost_explorer),
)
