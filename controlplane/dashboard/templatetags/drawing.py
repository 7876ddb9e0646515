"""What is drawn without a library: inline SVG of attributes alone, so that it prints, too."""

from collections.abc import Sequence
from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.money import format_usd, rounded
from controlplane.dashboard import numbers
from controlplane.dashboard.charts import Chart, Column, Row

register = template.Library()

SPARK_WIDTH, SPARK_HEIGHT = 90, 20
ESTIMATED = frozenset({"low", "forecast", "high"})
LINES = {
    "line": "line-1",
    "previous": "line-previous",
    "forecast": "line-forecast",
    "limit": "line-budget",
}


@register.simple_tag
def share_bar(
    part: Decimal | int | None, most: Decimal | int | None, kind: str = "fill"
) -> SafeString:
    """A bar whose full length is the greatest of its column; the number stands beside it."""
    ratio = Decimal(part) / Decimal(most) if part and most else Decimal(0)
    width = rounded(max(Decimal(0), min(Decimal(1), ratio)) * 100, 2)
    return format_html(
        '<svg class="share-bar" aria-hidden="true">'
        '<rect class="track" width="100%" height="8" rx="1"/>'
        '<rect class="{}" width="{}%" height="8" rx="1"/></svg>',
        kind,
        width,
    )


@register.simple_tag
def spark(values: Sequence[Decimal | int]) -> SafeString:
    """A line of the last days, from zero, with a dot at its end."""
    if len(values) < 2:
        return format_html("{}", "")
    most = max([*values, 0]) or 1
    step = Decimal(SPARK_WIDTH - 4) / (len(values) - 1)
    points = [
        (
            rounded(2 + step * place, 1),
            rounded(18 - Decimal(value) / Decimal(most) * 16, 1),
        )
        for place, value in enumerate(values)
    ]
    line = " ".join(f"{'L' if place else 'M'}{x} {y}" for place, (x, y) in enumerate(points))
    return format_html(
        '<svg class="spark" viewBox="0 0 90 20" aria-hidden="true"><path d="{}"/>'
        '<circle cx="{}" cy="{}" r="2"/></svg>',
        line,
        *points[-1],
    )


@register.simple_tag
def swatch(column: Column) -> SafeString:
    """How a series is drawn, for the legend."""
    if column.kind in LINES and (column.kind != "line" or column.slot == 1):
        return format_html(
            '<svg aria-hidden="true"><path class="{}" d="M0 5H18"/></svg>', LINES[column.kind]
        )
    return format_html(
        '<svg class="swatch" aria-hidden="true"><rect class="fill-{}" width="10" height="10" '
        'rx="2"/></svg>',
        column.slot or "other",
    )


@register.simple_tag
def cells(chart: Chart, row: Row) -> SafeString:
    """The cells of a chart's table: what the chart reads, and what a person reads."""
    return format_html_join(
        "",
        "{}",
        (
            (_cell(value, column.kind, chart),)
            for value, column in zip(row.values, chart.columns, strict=True)
        ),
    )


def _cell(value: Decimal | int | None, kind: str, chart: Chart) -> SafeString:
    if value is None:
        return format_html('<td class="n">{}</td>', "–")
    exact = format_usd(value) if isinstance(value, Decimal) else str(value)
    return format_html('<td class="n" data-v="{}">{}</td>', exact, _text(value, kind, chart))


def _text(value: Decimal | int, kind: str, chart: Chart) -> str:
    if kind in ESTIMATED and chart.unit == "usd":
        return numbers.about_text(Decimal(value))
    return numbers.in_unit(value, chart.unit, chart.places)
