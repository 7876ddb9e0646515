"""The chart beside the verdict: spent so far, the other period, the forecast, the budget."""

from datetime import date, timedelta
from decimal import Decimal

from billing.money import ZERO
from controlplane.dashboard.charts import Chart, Column, Row
from controlplane.dashboard.numbers import money_text, period_text, short_day_text
from controlplane.dashboard.overview.outlook import DAY, start_of
from controlplane.dashboard.overview.verdict import Verdict
from controlplane.usage.periods import Period

ROWS_MAX = 400


def cumulative(verdict: Verdict, path: str) -> Chart:
    """A row for each day of the period; values are sums from its first day on."""
    chosen = verdict.figures.filter
    period, other = chosen.period, chosen.compared
    columns, lines = [Column("spent", "line")], [_spent(verdict)]
    if expected := verdict.outlook.path():
        titles = {"forecast": "forecast, with the range that holds 8 times in 10"}
        for kind, name in (("low", "low_usd"), ("forecast", "expected_usd"), ("high", "high_usd")):
            columns.append(Column(titles.get(kind, f"forecast, {kind}"), kind))
            values = {day: getattr(each, name) for day, each in expected.items()}
            lines.append({chosen_today(verdict) - DAY: None, **values})
    if other is not None and chosen.cut is None:
        columns.append(Column(period_text(other), "previous"))
        lines.append(_shifted(verdict, other))
    if verdict.limit is not None:
        columns.append(Column("budget", "limit"))
        lines.append(dict.fromkeys(_days(period), verdict.limit))
    rows = [_row(day, lines, verdict, path) for day in _days(period)]
    return Chart("cumulative", _says(verdict), "usd", columns, rows, period.timezone)


def chosen_today(verdict: Verdict) -> date:
    return verdict.outlook.today


def _row(day: date, lines: list, verdict: Verdict, path: str) -> Row:
    chosen = verdict.figures.filter
    query = chosen.query.having({"period": None, "from": day.isoformat(), "to": day.isoformat()})
    return Row(
        at=start_of(day, chosen.period.timezone),
        title=short_day_text(day),
        values=[line.get(day) for line in lines],
        url=query.url(path) if day <= verdict.outlook.today else None,
        is_partial=chosen.is_open and day == verdict.outlook.today,
    )


def _days(period: Period) -> list[date]:
    return [period.first + each * DAY for each in range(min(period.days, ROWS_MAX))]


def _spent(verdict: Verdict) -> dict[date, Decimal | None]:
    """Up to today, whose sum is the verdict's."""
    period = verdict.figures.filter.period.until(verdict.figures.filter.now)
    return _sums(verdict, period)


def _shifted(verdict: Verdict, other: Period) -> dict[date, Decimal | None]:
    """The other period's sums, on the days of this one that are as far from the start."""
    shift: timedelta = verdict.figures.filter.period.first - other.first
    return {day + shift: value for day, value in _sums(verdict, other).items()}


def _sums(verdict: Verdict, period: Period) -> dict[date, Decimal | None]:
    total, sums = ZERO, {}
    for day in _days(period):
        total += verdict.figures.spent_by_day.get(day, ZERO)
        sums[day] = total
    return dict(sums)


def _says(verdict: Verdict) -> str:
    text = f"Spent day by day: {money_text(verdict.spent)} so far"
    if verdict.limit is not None:
        text += f" of a budget of {money_text(verdict.limit)}"
    return f"{text}. Left and right read the days; Enter opens one."
