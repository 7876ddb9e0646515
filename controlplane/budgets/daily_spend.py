"""What owners of budgets spent a day, in the time zones of their budgets: the past of a forecast.

One statement for all of them, from the rollups. A day of UTC that is summed up counts for the day
that its noon is in, an hour that midnight cuts in two for the day it begins in: a forecast is an
estimate, and money is reckoned elsewhere. How a day goes is told by yesterday and the same day of
last week.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from billing.forecasts import Spending
from billing.money import ZERO
from controlplane.budgets.models import Budget

HISTORY_DAYS = 63
# A day of a zone lies in two of UTC.
USUAL_DAYS = (1, 2, 7, 8)
DAY = timedelta(days=1)
MINUTES_PER_HOUR = 60

# OFFSET 0 keeps subqueries as they are: each day is looked up by an index, whatever the planner
# believes of owners.
DAILY = """
WITH asked AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(owners)s::text[], %(zones)s::text[])
        AS asked (kind, owner, timezone)
), facets AS (
    SELECT asked.*, id, false AS by_key, 'customer' AS detail
    FROM asked JOIN usage_facet ON customer_id = owner WHERE kind = 'customer' AND NOT by_key
    UNION ALL
    SELECT asked.*, id, false, 'team'
    FROM asked JOIN usage_facet ON team_id = owner WHERE kind = 'team' AND NOT by_key
    UNION ALL
    SELECT asked.*, id, true, 'key'
    FROM asked JOIN usage_facet ON virtual_key_id = owner WHERE kind = 'virtual_key' AND by_key
), days AS MATERIALIZED (
    SELECT past.day, summed.day IS NOT NULL AS is_summed
    FROM generate_series(
        date_trunc('day', %(start)s::timestamptz, 'UTC'), %(at)s::timestamptz, interval '1 day'
    ) AS past (day) LEFT JOIN usage_summedday summed USING (day)
), daily AS (
    SELECT kind, owner, timezone,
           ((daily.day + interval '12 hours') AT TIME ZONE timezone)::date AS day,
           sum(cost_usd) AS cost_usd
    FROM (SELECT day FROM days WHERE is_summed OFFSET 0) summed, LATERAL (
        SELECT day, detail, facet_id, cost_usd FROM usage_dailyrollup rollup
        WHERE rollup.day = summed.day AND detail = ANY (%(details)s) OFFSET 0
    ) daily JOIN facets ON facets.id = facet_id AND facets.detail = daily.detail
    GROUP BY 1, 2, 3, 4
), hourly AS (
    SELECT kind, owner, timezone, hour AT TIME ZONE timezone AS hour, sum(cost_usd) AS cost_usd
    FROM (
        SELECT day FROM days WHERE NOT is_summed
        OR day IN (SELECT date_trunc('day', unnest(%(usual)s::timestamptz[]), 'UTC')) OFFSET 0
    ) wanted, LATERAL (
        SELECT hour, facet_id, by_key, cost_usd FROM usage_rollup
        WHERE hour >= day AND hour < day + interval '1 day' AND by_key = ANY (%(levels)s) OFFSET 0
    ) rolled JOIN facets ON facets.id = facet_id AND facets.by_key = rolled.by_key
    GROUP BY 1, 2, 3, rolled.hour
)
SELECT kind, owner, timezone, day, cost_usd, 0, 0, 0 FROM daily
UNION ALL
SELECT kind, owner, timezone, hour::date,
       coalesce(sum(cost_usd) FILTER (
           WHERE hour::date NOT IN (
               SELECT (day AT TIME ZONE 'UTC')::date FROM days WHERE is_summed
           )
       ), 0),
       sum(cost_usd),
       coalesce(sum(cost_usd) FILTER (
           WHERE extract(hour FROM hour) < extract(hour FROM %(at)s AT TIME ZONE timezone)
       ), 0),
       coalesce(sum(cost_usd) FILTER (
           WHERE extract(hour FROM hour) = extract(hour FROM %(at)s AT TIME ZONE timezone)
       ), 0)
FROM hourly GROUP BY 1, 2, 3, 4
"""
DETAILS = {"customer": "customer", "team": "team", "virtual_key": "key"}

Whose = tuple[str, str, str]
"""Kind and id of an owner, and a time zone."""


class Daily(NamedTuple):
    """A day's spend; and of days whose hours are known, what these cost, the part of it before this
    hour of the day, and the part within it.
    """

    cost_usd: Decimal = ZERO
    hourly: Decimal = ZERO
    before: Decimal = ZERO
    within: Decimal = ZERO

    def plus(self, *more: Decimal) -> "Daily":
        return Daily(*(one + other for one, other in zip(self, more, strict=True)))


def spending_of(budgets: Iterable[Budget], at: datetime) -> dict[str, Spending]:
    """By budget id, what its owner spent on whole days up to yesterday. In one query."""
    budgets = list(budgets)
    asked = sorted({_whose(budget) for budget in budgets})
    if not asked:
        return {}
    found: dict[Whose, dict[date, Daily]] = defaultdict(lambda: defaultdict(Daily))
    with connection.cursor() as cursor:
        cursor.execute(DAILY, _given(asked, at))
        for kind, owner, timezone, day, *sums in cursor.fetchall():
            days = found[kind, owner, timezone]
            days[day] = days[day].plus(*sums)
    known = {whose: _spending(found[whose], whose[2], at) for whose in asked}
    return {budget.id: known[_whose(budget)] for budget in budgets}


def _given(asked: list[Whose], at: datetime) -> dict[str, Any]:
    kinds, owners, zones = map(list, zip(*asked, strict=True))
    return {
        "kinds": kinds,
        "owners": owners,
        "zones": zones,
        "start": at - HISTORY_DAYS * DAY,
        "at": at,
        "usual": [at - back * DAY for back in USUAL_DAYS],
        "details": [DETAILS[kind] for kind in set(kinds)],
        "levels": sorted({kind == "virtual_key" for kind in kinds}),
    }


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
    lately = [each for day, each in days.items() if day < now.date()]
    total = sum((each.hourly for each in lately), ZERO)
    if not total:
        return (now.hour + now.minute / MINUTES_PER_HOUR) / 24
    hour = Decimal(now.minute) / MINUTES_PER_HOUR
    return float(sum((each.before + each.within * hour for each in lately), ZERO) / total)
