"""What only pages of requests need: their times, and links beside a list of them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from controlplane.budgets.models import Balance
from controlplane.dashboard import numbers
from controlplane.dashboard.live.update import Update
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.requests.listing import PLACE, Listing
from controlplane.dashboard.requests.timeline import Stretch

register = template.Library()

HAIR = Decimal("0.3")
PULSE_STEP, PULSE_HEIGHT = 4, 32


@register.simple_tag
def time_of_day(at: datetime, timezone: str) -> str:
    """`09:41:22`, in the zone that the page names."""
    return f"{at.astimezone(ZoneInfo(timezone)):%H:%M:%S}"


@register.simple_tag
def date_of(at: datetime, timezone: str) -> str:
    """`21 Nov 2026`."""
    return numbers.day_text(at.astimezone(ZoneInfo(timezone)).date())


@register.filter
def at_input(at: datetime, timezone: str) -> str:
    """As a field for a moment takes it."""
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%dT%H:%M}"


@register.simple_tag(takes_context=True)
def newer_url(context: Any, listing: Listing) -> str:
    """Where to ask how many requests came since the first of a list."""
    query = context["visit"].query.having({**dict.fromkeys(PLACE), "since": listing.newest})
    return str(query.url(page_url("newer_requests") or ""))


@register.simple_tag
def exact_moment(at: datetime, timezone: str) -> SafeString:
    """`20 Nov 2026, 14:02:31.418 UTC`."""
    local = at.astimezone(ZoneInfo(timezone))
    text = f"{numbers.day_text(local.date())}, {local:%H:%M:%S}.{local.microsecond // 1000:03}"
    shown = f"{text} {numbers.zone_text(timezone)}"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), shown)


@register.simple_tag
def window_of(balance: Balance) -> str:
    """Which of its windows a budget counted it in: `from 1 Nov 2026`."""
    start = balance.window_start.astimezone(ZoneInfo(balance.budget.timezone))
    return f"from {numbers.day_text(start.date())}"


@register.simple_tag
def time_bar(stretch: Stretch, first_token: Decimal | None) -> SafeString:
    """Where in the whole time a stretch lies; at least a hair is seen of it."""
    mark = (
        format_html('<rect class="first" x="{}%" width="1.5" height="14"/>', first_token)
        if first_token is not None
        else ""
    )
    return format_html(
        '<svg class="time-bar" aria-hidden="true"><rect class="track" width="100%" y="3" '
        'height="8" rx="1"/><rect class="{}" x="{}%" width="{}%" y="3" height="8"/>{}</svg>',
        stretch.kind,
        stretch.start,
        max(stretch.width, HAIR),
        mark,
    )


@register.simple_tag
def pulse(live: Update) -> SafeString:
    """Requests a second of the last two minutes, now at the right."""
    most = live.most or 1
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="3" height="{}"/>',
        (
            (place * PULSE_STEP, PULSE_HEIGHT - height, height)
            for place, each in enumerate(live.seconds)
            if (height := -(-PULSE_HEIGHT * each.requests // most))
        ),
    )
    return format_html(
        '<svg class="pulse" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none" '
        'aria-label="Requests a second in the last two minutes, at most {}">'
        '<rect class="ground" y="{}" width="100%" height="1"/>{}</svg>',
        PULSE_STEP * len(live.seconds),
        PULSE_HEIGHT,
        live.most,
        PULSE_HEIGHT - 1,
        bars,
    )
