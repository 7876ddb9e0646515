"""Statements in templates: frozen figures, months, and amounts in a currency."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.money import CENTS, parse_usd
from controlplane.dashboard import numbers
from controlplane.statements.models import Statement
from controlplane.statements.months import Month
from controlplane.statements.months_matrix import Matrix
from controlplane.statements.rates import USD, WHOLE

register = template.Library()

INSTANT = timedelta(microseconds=1)


@register.filter
def usd(text: str | None) -> Decimal | None:
    """An amount as a statement has it."""
    return None if text is None else parse_usd(text)


@register.simple_tag
def places_of(lines: Sequence[Mapping[str, Any]]) -> int:
    """One precision for a column: no amount that is not zero reads as zero."""
    return numbers.places_for(usd(line["cost_usd"]) for line in lines)


@register.filter
def month_name(month: Month) -> str:
    return f"{date(month.year, month.number, 1):%B %Y}"


@register.filter
def month_short(month: Month) -> str:
    return f"{date(month.year, month.number, 1):%b %Y}"


@register.filter
def month_words(text: str) -> str:
    return month_name(Month.parse(text))


@register.filter
def rate(per_usd: Decimal) -> str:
    return f"{per_usd.normalize():f}"


@register.filter
def span_text(statement: Statement) -> str:
    """`1 Oct 2026 – 31 Oct 2026`, the last day included."""
    zone = ZoneInfo(statement.timezone)
    first, last = statement.starts_at, statement.ends_at - INSTANT
    days = [numbers.day_text(at.astimezone(zone).date()) for at in (first, last)]
    return " – ".join(days)


@register.simple_tag
def in_currency(amount: Decimal, currency: str) -> SafeString:
    """`$1,234.50`, `6,964.80 EUR`."""
    places = 0 if currency in WHOLE else CENTS
    if currency == USD:
        text = numbers.money_text(amount, places)
    else:
        text = f"{numbers.decimal_text(amount, places)} {currency}"
    return format_html('<data value="{}">{}</data>', f"{amount:f}", text)


@register.simple_tag
def total_of(table: Matrix, month: Month) -> Decimal:
    return table.total(month)


@register.simple_tag
def line_name(line: Mapping[str, Any], field: str, none: str) -> SafeString | str:
    """What a breakdown's line is about; a model with its provider before it."""
    name = str(line.get("name") or line.get(field) or none)
    provider = line.get("provider")
    if not provider or name.startswith(f"{provider}/"):
        return name
    return format_html("{} / {}", provider, name)
