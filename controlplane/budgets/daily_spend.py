"""What owners of budgets spent a day, in the time zones of their budgets: the past of a forecast.

One statement for all of them, from the hourly rollup. An hour that midnight cuts in two counts for
the day it begins in: a forecast is an estimate, and money is reckoned elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from billing.forecasts import Spending
from billing.money import ZERO
from controlplane.budgets.models import Budget

HISTORY_DAYS = 63
PROFILE_DAYS = 28
DAY = timedelta(days=1)
MINUTES_PER_HOUR = 60

DAILY = """
WITH asked AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (kind, owner, timezone)
), facets AS (
    SELECT asked.*, id, by_key FROM asked JOIN usage_facet ON customer_id = owner
    WHERE kind = 'customer' AND NOT by_key
    UNION ALL
    SELECT asked.*, id, by_key FROM asked JOIN usage_facet ON team_id = owner
    WHERE kind = 'team' AND NOT by_key
    UNION ALL
    SELECT asked.*, id, by_key FROM asked JOIN usage_facet ON virtual_key_id = owner
    WHERE kind = 'virtual_key' AND by_key
), hourly AS (
    SELECT kind, owner, timezone, hour AT TIME ZONE timezone AS hour, sum(cost_usd) AS cost_usd
    FROM facets JOIN usage_rollup rollup ON facet_id = id AND rollup.by_key = facets.by_key
    WHERE rollup.hour >= %s AND rollup.hour <= %s
    GROUP BY kind, owner, timezone, rollup.hour
)
SELECT kind, owner, timezone, hour::date, sum(cost_usd),
       coalesce(sum(cost_usd) FILTER (
           WHERE extract(hour FROM hour) < extract(hour FROM %s AT TIME ZONE timezone)
       ), 0),
       coalesce(sum(cost_usd) FILTER (
           WHERE extract(hour FROM hour) = extract(hour FROM %s AT TIME ZONE timezone)
       ), 0)
FROM hourly GROUP BY 1, 2, 3, 4
"""

Whose = tuple[str, str, str]
"""Kind and id of an owner, and a time zone."""


class Daily(NamedTuple):
    """A day's spend, the part before this hour of the day, and the part within it."""

    cost_usd: Decimal
    before: Decimal
    within: Decimal


def spending_of(budgets: Iterable[Budget], at: datetime) -> dict[str, Spending]:
    """By budget id, what its owner spent on whole days up to yesterday. In one query."""
    budgets = list(budgets)
    asked = sorted({_whose(budget) for budget in budgets})
    if not asked:
        return {}
    found: dict[Whose, dict[date, Daily]] = defaultdict(dict)
    with connection.cursor() as cursor:
        start = at - timedelta(days=HISTORY_DAYS)
        cursor.execute(DAILY, [*map(list, zip(*asked, strict=True)), start, at, at, at])
        for kind, owner, timezone, day, *sums in cursor.fetchall():
            found[kind, owner, timezone][day] = Daily(*sums)
    known = {whose: _spending(found[whose], whose[2], at) for whose in asked}
    return {budget.id: known[_whose(budget)] for budget in budgets}


def _whose(budget: Budget) -> Whose:
    return str(budget.owner_type), budget.owner_id, budget.timezone


def _spending(days: dict[date, Daily], timezone: str, at: datetime) -> Spending:
    now = at.astimezone(ZoneInfo(timezone))
    today = now.date()
    first = min(days, default=today)
    history = [first + each * DAY for each in range((today - first).days)]
    costs = [(day, days[day].cost_usd if day in days else ZERO) for day in history]
    return Spending(days=costs, today=today, today_share=_share(days, now))


def _share(days: dict[date, Daily], now: datetime) -> float:
    """The part of a usual day's spend that is over by this time of day."""
    lately = [days[day] for back in range(1, PROFILE_DAYS + 1) if (day := _ago(now, back)) in days]
    total = sum((each.cost_usd for each in lately), ZERO)
    if not total:
        return (now.hour + now.minute / MINUTES_PER_HOUR) / 24
    hour = Decimal(now.minute) / MINUTES_PER_HOUR
    return float(sum((each.before + each.within * hour for each in lately), ZERO) / total)


def _ago(now: datetime, days: int) -> date:
    return now.date() - days * DAY
