"""Numbers in templates: `<data value>` holds the exact value, its text is the formatter's."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.money import CENTS, format_usd, rounded
from controlplane.dashboard import numbers
from controlplane.dashboard.filters.reading import PageFilter
from controlplane.usage.periods import Period

register = template.Library()

MEGABYTE = 1_000_000

NONE = format_html('<span aria-hidden="true">–</span><span class="unseen">{}</span>', "none")
UNKNOWN = format_html('<span class="unknown">{}</span>', "unknown")


def _data(value: object, text: str, url: str | None = None, title: str = "") -> SafeString:
    shown = (
        format_html('<data value="{}" title="{}">{}</data>', value, title, text)
        if title
        else format_html('<data value="{}">{}</data>', value, text)
    )
    return format_html('<a href="{}">{}</a>', url, shown) if url else shown


@register.simple_tag
def none() -> SafeString:
    """What does not apply: a dash, and a word for those who hear the page."""
    return NONE


@register.simple_tag
def money(value: Decimal | None, places: int = CENTS, url: str | None = None) -> SafeString:
    """An amount of US dollars; None is an amount that nobody knows."""
    if value is None:
        return UNKNOWN
    return _data(format_usd(value), numbers.money_text(value, places), url)


@register.simple_tag
def dollars(value: Decimal | None, url: str | None = None) -> SafeString:
    """Whole dollars, where space is short; the exact amount is the title."""
    if value is None:
        return UNKNOWN
    title = numbers.money_text(value, numbers.places_for([value]))
    return _data(format_usd(value), numbers.money_text(value, 0), url, title)


@register.simple_tag
def about(value: Decimal) -> SafeString:
    """A forecast, rounded to what can be known."""
    return _data(format_usd(numbers.about(value)), numbers.about_text(value))


@register.simple_tag
def count(value: int | None, url: str | None = None) -> SafeString:
    return NONE if value is None else _data(value, numbers.count_text(value), url)


@register.simple_tag
def percent(part: Decimal | None, places: int = 1) -> SafeString:
    """A share of one as per cent."""
    return NONE if part is None else _data(part, numbers.percent_text(part, places))


@register.simple_tag
def percent_of(ratio: float, places: int = 1) -> SafeString:
    """A share of one that is no sum of anything: an estimate, a bound."""
    return percent(Decimal(str(round(ratio, 6))), places)


@register.simple_tag
def share(part: Decimal | int | None, whole: Decimal | int | None, places: int = 1) -> SafeString:
    """What a part is of a whole, as per cent."""
    if part is None or not whole:
        return NONE
    ratio = Decimal(part) / Decimal(whole)
    return _data(rounded(ratio, 6), numbers.percent_text(ratio, places))


@register.simple_tag
def signed_money(amount: Decimal, places: int = CENTS) -> SafeString:
    """`+$150.00`: an amount that is itself a difference."""
    return _data(format_usd(amount), numbers.signed_money_text(amount, places))


@register.simple_tag
def valued(value: Decimal, unit: str) -> SafeString:
    """A value of a series in its unit."""
    return _data(format_usd(value), numbers.in_unit(value, unit))


@register.simple_tag
def difference(now: Decimal | None, before: Decimal | None, places: int = 2) -> SafeString:
    """What an amount differs by from another."""
    if now is None or before is None:
        return UNKNOWN
    return _data(format_usd(now - before), numbers.signed_money_text(now - before, places))


@register.simple_tag
def change(now: Decimal | int | None, before: Decimal | int | None) -> SafeString:
    """The same as per cent of the other."""
    if now is None or before is None or (not now and not before):
        return NONE
    return _data(Decimal(now) - Decimal(before), numbers.change_text(now, before))


@register.simple_tag
def duration(milliseconds: float | Decimal | None) -> SafeString:
    if milliseconds is None:
        return NONE
    return _data(milliseconds, numbers.duration_text(milliseconds))


@register.simple_tag
def moment(at: datetime | None, timezone: str = "UTC") -> SafeString:
    """A point in time, with its zone."""
    return NONE if at is None else _time(at, numbers.moment_text(at, timezone))


@register.simple_tag
def clock(at: datetime) -> SafeString:
    """The time of day alone."""
    return _time(at, numbers.clock_text(at))


def _time(at: datetime, text: str) -> SafeString:
    iso = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', iso, text)


@register.simple_tag
def size(many: int) -> SafeString:
    """Of a file, in bytes: `1.2 MB`."""
    return _data(many, f"{numbers.decimal_text(Decimal(many) / MEGABYTE, 1)} MB")


@register.filter
def day(value: Any) -> str:
    """`21 Nov 2026`."""
    return numbers.day_text(value)


@register.filter
def days(period: Any) -> str:
    """`1 – 21 November 2026`."""
    return numbers.days_text(period)


@register.filter
def named(period: Any) -> str:
    """`November 2026`, or the days."""
    return numbers.period_text(period)


@register.filter
def zone(timezone: str) -> str:
    return numbers.zone_text(timezone)


@register.simple_tag
def so_far(chosen: PageFilter) -> Period:
    """The days of a page's period that have begun."""
    return chosen.period.until(chosen.now)
