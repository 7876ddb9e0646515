"""Thirty days of one owner, day by day, as a chart and its table."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from billing.money import ZERO
from controlplane.dashboard.charts import Chart, Column, Row
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.numbers import money_text, short_day_text
from controlplane.usage.owners import Use

DAYS = 30
DAY = timedelta(days=1)


def first_day(now: datetime) -> datetime:
    """Of thirty days that end with today, in UTC."""
    return datetime.combine(now.astimezone(UTC).date() - (DAYS - 1) * DAY, time(), UTC)


def month_chart(
    used: Mapping[date, Use], now: datetime, dimension: str, owner: str
) -> Chart | None:
    """None where nothing was asked for."""
    if not used:
        return None
    first, today = first_day(now).date(), now.astimezone(UTC).date()
    days = [first + each * DAY for each in range(DAYS)]
    total = sum((each.cost_usd or ZERO for each in used.values()), ZERO)
    says = f"{money_text(total)} in 30 days, by day. Left and right read the days; Enter opens one."
    rows = [_row(day, used.get(day, Use()), today, {dimension: owner}) for day in days]
    return Chart("bars", says, "usd", [Column("spent", "bar")], rows)


def _row(day: date, use: Use, today: date, owner: Mapping[str, str]) -> Row:
    url = page_url("requests")
    given = {**owner, "from": day.isoformat(), "to": day.isoformat()}
    return Row(
        at=datetime.combine(day, time(), UTC),
        title=short_day_text(day),
        values=[use.cost_usd],
        url=url and Query({}).having(given).url(url),
        is_partial=day == today,
    )
