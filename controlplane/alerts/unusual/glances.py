"""The first look at every series: a few sums of the hourly rollup, and the last hour of records.

What is read does not grow with history: some sixty hours of the rollup, one hour of records.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.db import connection

from billing.anomalies.places import Place
from billing.anomalies.screening import Glance
from controlplane.alerts.unusual.measures import (
    MEASURES,
    NAMES,
    OF_FACETS,
    OF_RECORDS,
    OF_ROLLUP,
    Sums,
    select_list,
    unit_of,
)
from controlplane.alerts.unusual.places import LEVELS, Level
from controlplane.usage.limits import limited_report

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MINUTES = (5, 15, 60)
WEEKS, DAYS = 5, 7
# What an hour of the rollup is looked at for: one of the weeks, of the days, or a part of a span.
WEEK_LOOK, DAY_LOOK = 0, 100
SPANS = ((200, 201), (210, 211))  # a day and the same a week ago; three days and two weeks
NOTHING = dict.fromkeys(NAMES, 0.0)
DRIFT_MINUTE_MAX = 5
QUIET = 5  # requests: what had fewer in all that is looked at has nothing to tell

LOOKED_AT = """
WITH looks AS (
    SELECT * FROM unnest(%(hours)s::timestamptz[], %(looks)s::int[]) AS looks (hour, look)
), summed AS (
    SELECT facet_id, look, {sums} FROM looks JOIN {rollup} rollup USING (hour) GROUP BY 1, 2
), grouped AS (
    SELECT {columns}, look, {totals} FROM summed JOIN usage_facet facet ON facet.id = facet_id
    {labels} WHERE {there} GROUP BY {columns}, look
)
SELECT {names}, look, {measures} FROM grouped
"""
RECENT = """
SELECT {columns}, look, {sums} FROM (
    SELECT record.*, unnest(CASE
        WHEN at >= %(now)s - interval '5 minutes' THEN '{{5,15,60}}'::int[]
        WHEN at >= %(now)s - interval '15 minutes' THEN '{{15,60}}'::int[]
        ELSE '{{60}}'::int[] END) AS look
    FROM usage_usagerecord record WHERE at >= %(now)s - interval '1 hour' AND at < %(now)s
) facet {labels} WHERE {there} GROUP BY {columns}, look
"""
LABELS = "CROSS JOIN LATERAL jsonb_each_text(metadata) AS label"

Looks = dict[int, Sums]


def glances(now: datetime) -> Iterator[tuple[Place, str, Glance]]:
    """Of every place that did anything at such hours, and each measure. `now` ends a slot."""
    for level in LEVELS:
        earlier, recent = _earlier(level, now), _recent(level, now)
        for place in earlier.keys() | recent.keys():
            yield from _glances_at(place, earlier.get(place, {}), recent.get(place, {}))


def _glances_at(place: Place, earlier: Looks, recent: Looks) -> Iterator[tuple[Place, str, Glance]]:
    every = [*earlier.values(), *recent.values()]
    if sum(sums["requests"] for sums in every) < QUIET:
        return
    for name, read in MEASURES.items():
        last = {minutes: read(recent.get(minutes, NOTHING)) for minutes in MINUTES}
        spans = [
            (read(earlier.get(late, NOTHING)), read(earlier.get(soon, NOTHING)))
            for late, soon in SPANS
        ]
        yield (
            place,
            name,
            Glance(
                recent={minutes: value for minutes, value in last.items() if value is not None},
                weeks=_known(read, earlier, WEEK_LOOK, WEEKS),
                days=_known(read, earlier, DAY_LOOK, DAYS),
                spans=[
                    (late, soon) for late, soon in spans if late is not None and soon is not None
                ],
                unit=unit_of(name, max(every, key=itemgetter("requests"))),
            ),
        )


def _known(
    read: Callable[[Sums], float | None], earlier: Looks, first: int, many: int
) -> list[float]:
    seen = (read(earlier[first + back]) for back in range(1, many + 1) if first + back in earlier)
    return [value for value in seen if value is not None]


def _earlier(level: Level, now: datetime) -> dict[Place, Looks]:
    hours = _hours(now)
    text = LOOKED_AT.format(
        rollup="usage_rollup_by_key" if level.by_key else "usage_rollup_by_team",
        sums=select_list(OF_ROLLUP),
        totals=select_list(OF_FACETS),
        measures=", ".join(NAMES),
        **_parts(level),
    )
    given = {"hours": [hour for hour, _ in hours], "looks": [look for _, look in hours]}
    return _read(level, text, given)


def _recent(level: Level, now: datetime) -> dict[Place, Looks]:
    text = RECENT.format(sums=select_list(OF_RECORDS), **_parts(level))
    return _read(level, text, {"now": now})


def _hours(now: datetime) -> list[tuple[datetime, int]]:
    """Which hours of the rollup to look at, and what for. Drift is looked for once a day."""
    hour = (now - timedelta(minutes=5)).replace(minute=0, second=0, microsecond=0)
    looks = [(hour - back * WEEK, WEEK_LOOK + back) for back in range(1, WEEKS + 1)]
    looks += [(hour - back * DAY, DAY_LOOK + back) for back in range(1, DAYS + 1)]
    for (later, before), days, ago in zip(SPANS, (1, 3), (1, 2), strict=True):
        if days == 1 or (now.hour == 0 and now.minute <= DRIFT_MINUTE_MAX):
            for back in range(1, 24 * days + 1):
                looks += [(hour - back * HOUR, later), (hour - back * HOUR - ago * WEEK, before)]
    return looks


def _parts(level: Level) -> dict[str, str]:
    columns = [name if "." in name else f"facet.{name}" for name in level.columns]
    return {
        "columns": ", ".join(columns),
        "names": ", ".join(name.rpartition(".")[2] for name in level.columns),
        "labels": LABELS if level.is_metadata else "",
        "there": " AND ".join(f"{columns[place]} IS NOT NULL" for place in (0, -1)),
    }


def _read(level: Level, text: str, given: dict[str, Any]) -> dict[Place, Looks]:
    found: dict[Place, Looks] = {}
    width = len(level.columns)
    with limited_report(), connection.cursor() as cursor:
        cursor.execute(text, given)
        for row in cursor.fetchall():
            looks = found.setdefault(level.place(row[:width]), {})
            looks[row[width]] = dict(zip(NAMES, row[width + 1 :], strict=True))
    return found
