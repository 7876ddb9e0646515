"""Budgets in templates: their bars, and their windows and limits in words."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.money import ZERO, rounded
from billing.periods import rolling_length
from controlplane.budgets.models import Budget
from controlplane.budgets.owners import Owner, owner_of
from controlplane.budgets.standing import Standing, State, last_day
from controlplane.budgets.tree import Line
from controlplane.budgets.versions import version_of
from controlplane.dashboard import numbers
from controlplane.dashboard.budgeting.asked import Asked
from controlplane.dashboard.budgeting.listing import Listing
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url

register = template.Library()

LIMIT_AT = Decimal(80)  # per cent of the track, in every row
ALL = Decimal(100)
CALENDAR = {
    "day": "a day",
    "week": "a week",
    "month": "a month",
    "quarter": "a quarter",
    "year": "a year",
    "lifetime": "in all",
}
SHAPE = (
    '<svg class="budget-bar{}" role="img" aria-label="{}">'
    '<rect class="track" y="4" width="80%" height="10" rx="1"/>{}</svg>'
)
RECT = '<rect class="{}" x="{}%" y="4" width="{}%" height="10"/>'


@register.simple_tag
def budget_bar(standing: Standing) -> SafeString:
    """The limit in force stands at 80 %; what passes it sticks out, up to 125 %."""
    parts = [*_filled(standing), *_ticks(standing), *_forecast(standing)]
    kind = f" is-{standing.state.value}" if standing.state in (State.OVER, State.USED_UP) else ""
    return format_html(SHAPE, kind, bar_text(standing), format_html_join("", "{}", _each(parts)))


def bar_text(standing: Standing) -> str:
    """`60 % spent, 0.5 % reserved, forecast 85 % of the limit`."""
    balance = standing.balance
    if not balance.limit_usd:
        return "The limit is $0.00"
    spent, reserved = (
        numbers.percent_text(usd / balance.limit_usd, places)
        for usd, places in ((balance.spent_usd, 0), (balance.reserved_usd, 1))
    )
    text = f"{spent} spent, {reserved} reserved"
    if standing.forecast is not None and not standing.is_used_up:
        ratio = standing.forecast.expected_usd / balance.limit_usd
        text += f", forecast {numbers.percent_text(ratio, 0)} of the limit"
    return text


@register.simple_tag
def window_words(budget: Budget) -> str:
    """`a month`, `in 30 days`."""
    if rolling_length(budget.window) is None:
        return CALENDAR[budget.window]
    unit = "days" if budget.window.endswith("d") else "hours"
    return f"in any {budget.window[:-1]} {unit}"


@register.filter
def owner(standing: Standing) -> Owner:
    return owner_of(standing.budget)


@register.filter
def owners_above(standing: Standing) -> str:
    """`Acme Corp › Assistant`, of a key's or team's budget."""
    budget = standing.budget
    key, team = budget.virtual_key, budget.team
    holder = key or team
    if holder is None:
        return ""
    above = [str(holder.customer)]
    if key is not None and key.team is not None:
        above.append(str(key.team))
    return " › ".join(above)


@register.simple_tag
def end_of(moment: datetime, timezone: str) -> str:
    """The last day before an instant: `30 Nov`, or the instant where it is within a day."""
    day = last_day(moment, timezone)
    return numbers.short_day_text(day)


@register.filter
def short_day(day: date) -> str:
    return numbers.short_day_text(day)


@register.filter
def forecast_range(standing: Standing) -> str:
    """`$10,500 to $11,100 in 8 cases of 10`."""
    expected = standing.forecast
    if expected is None:
        return ""
    low, high = numbers.about_text(expected.low_usd), numbers.about_text(expected.high_usd)
    return f"{low} to {high} in 8 cases of 10"


@register.filter
def until_text(asked: Asked) -> str:
    """The day that a change ends with."""
    try:
        return numbers.short_day_text(date.fromisoformat(asked.texts["until"]))
    except ValueError:
        return "a day"


@register.filter(name="is")
def is_same(one: str | None, other: str) -> bool:
    return one == other


@register.simple_tag
def version_for(standing: Standing) -> str:
    return version_of(standing.budget, standing.changes)


@register.simple_tag
def fold_url(listing: Listing, line: Line) -> str:
    return listing.fold_url(line)


@register.simple_tag
def spent_url(standing: Standing, until: datetime | None = None) -> str | None:
    """The requests of the owner since the window began, up to a moment that is over."""
    url = page_url("requests")
    if url is None:
        return None
    budget = standing.budget
    owner = {str(budget.owner_type): (budget.owner_id,)}
    start = standing.balance.window_start.isoformat().replace("+00:00", "Z")
    is_bounded = budget.window != "lifetime"
    span = {"from": (start,)} if is_bounded else {}
    if until is not None:
        span["to"] = (until.isoformat().replace("+00:00", "Z"),)
    return Query({**owner, **span}).url(url)


def _each(parts: list[SafeString]) -> list[tuple[SafeString]]:
    return [(part,) for part in parts]


def _at(amount: Decimal, limit: Decimal) -> Decimal:
    """Where an amount is on the track, in per cent of its width."""
    ratio = amount / limit if limit else Decimal(2 if amount else 0)
    return rounded(max(ZERO, min(ALL, ratio * LIMIT_AT)), 2)


def _filled(standing: Standing) -> list[SafeString]:
    balance = standing.balance
    limit = balance.limit_usd
    spent = _at(balance.spent_usd, limit)
    parts = [format_html(RECT, "spent", 0, min(spent, LIMIT_AT))]
    if spent > LIMIT_AT:
        parts.append(format_html(RECT, "over", LIMIT_AT, spent - LIMIT_AT))
    if balance.reserved_usd:
        ends = _at(balance.spent_usd + balance.reserved_usd, limit)
        parts.append(
            format_html(
                '<rect class="reserved" x="{}%" y="4" width="3" height="10"/>' + RECT,
                *(spent, "reserved", spent, ends - spent),
            )
        )
    if limit and balance.spent_usd > limit * ALL / LIMIT_AT:
        parts.append(format_html('<text class="beyond" x="{}%" y="13">▸</text>', ALL))
    return parts


def _ticks(standing: Standing) -> list[SafeString]:
    """The limit in force; where it is changed for a time, the own limit, too."""
    tick = '<rect class="tick" x="80%" y="0" width="2" height="18"/>'
    parts = [format_html("{}", SafeString(tick))]
    if standing.changed_usd:
        own = _at(standing.budget.limit_usd, standing.balance.limit_usd)
        parts.append(
            format_html('<line class="raised" x1="{}%" x2="{}%" y1="0" y2="18"/>', own, own)
        )
    return parts


def _forecast(standing: Standing) -> list[SafeString]:
    expected, limit = standing.forecast, standing.balance.limit_usd
    if expected is None or not limit or standing.is_used_up:
        return []
    kind = "forecast"
    if standing.state == State.OVER:
        kind += " is-over"
    elif expected.expected_usd > limit:
        kind += " passes"
    low, mean, high = (
        min(_at(usd, limit), ALL - 2)
        for usd in (expected.low_usd, expected.expected_usd, expected.high_usd)
    )
    return [
        format_html('<line class="whisker" x1="{}%" x2="{}%" y1="9" y2="9"/>', low, high),
        format_html('<circle class="{}" cx="{}%" cy="9" r="3.5"/>', kind, mean),
    ]
