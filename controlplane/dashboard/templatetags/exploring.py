"""Values of a measure in templates, in its unit."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.money import MINUS, format_usd
from controlplane.dashboard import numbers
from controlplane.dashboard.explore.cube import Item
from controlplane.dashboard.explore.measures import Measure, Percentile, Value
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import FILTERS
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.templatetags.numbers import NONE

register = template.Library()


@register.simple_tag
def measured(
    value: Value, measure: Measure | Percentile, places: int, url: str | None = None
) -> SafeString:
    """The value of a series."""
    return NONE if value is None else _data(value, _text(value, measure, places), url)


@register.simple_tag
def moved(item: Item, measure: Measure | Percentile, places: int) -> SafeString:
    """What it differs by from the other period, with its sign."""
    if item.now is None or item.before is None:
        return NONE
    difference = Decimal(item.now) - Decimal(item.before)
    text = _text(abs(difference), measure, places)
    sign = MINUS if difference < 0 else "+" if difference > 0 else ""
    return _data(difference, sign + text, None)


@register.simple_tag
def short(value: Value, measure: Measure | Percentile) -> SafeString:
    """Where space is short: whole dollars, unless there is less than ten; exact in the title."""
    if value is None:
        return NONE
    is_large = measure.unit == "usd" and measure.is_sum and Decimal(value) >= 10
    places = numbers.places_for([Decimal(value)]) if measure.unit == "usd" else 0
    title = _text(value, measure, max(places, measure.places))
    text = numbers.money_text(Decimal(value), 0) if is_large else title
    return format_html('<data value="{}" title="{}">{}</data>', _exact(value), title, text)


@register.simple_tag(takes_context=True)
def cell_url(context: Any, query: Query) -> str:
    """The requests of a cell; this page with both its values while there is no such page."""
    requests = page_url("requests")
    if requests:
        return query.only(FILTERS).url(requests)
    return query.url(context["visit"].request.path)


@register.simple_tag
def split_name(title: str, dimension: str) -> SafeString:
    """A model under its provider: two providers may serve the same name."""
    provider, slash, model = title.partition("/")
    if dimension != "model" or not slash:
        return format_html("{}", title)
    return format_html("<small>{}</small>{}", provider, model)


def _text(value: Value, measure: Measure | Percentile, places: int) -> str:
    return numbers.in_unit(value or 0, measure.unit, places)


def _exact(value: Value) -> str:
    return format_usd(value) if isinstance(value, Decimal) else str(value)


def _data(value: Value, text: str, url: str | None) -> SafeString:
    shown = format_html('<data value="{}">{}</data>', _exact(value), text)
    return format_html('<a href="{}">{}</a>', url, shown) if url else shown
