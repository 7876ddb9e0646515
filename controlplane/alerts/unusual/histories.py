"""The past of one place on slots of five minutes, for a closer look.

Whole hours come from the rollup, and count as even within; the last ones come from the records, as
many as few enough records make up. So what is read is bounded, however busy the place is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db import connection

from billing.anomalies.cold_start import with_parents_past
from billing.anomalies.grid import Grid
from billing.anomalies.places import Place
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
from controlplane.alerts.unusual.places import METADATA, parent_of, records_of
from controlplane.usage.filters import condition
from controlplane.usage.fragments import Sql, filled, value
from controlplane.usage.limits import limited_report

DAYS = 36
STEP_SECONDS, SLOTS_AN_HOUR = 300, 12
HOUR, STEP = timedelta(hours=1), timedelta(seconds=STEP_SECONDS)
RECENT_HOURS_MIN = 2
RECORDS_MAX = 50_000
YOUNG = timedelta(days=14)

HOURS = """
SELECT (extract(epoch FROM hour - {start}) / 3600)::int, {totals} FROM (
    SELECT facet_id, hour, {sums}
    FROM unnest({hours}::timestamptz[]) AS hours (hour) JOIN {rollup} rollup USING (hour)
    WHERE facet_id = ANY (ARRAY(SELECT id FROM usage_facet WHERE {level} AND {where}))
    GROUP BY 1, 2
) hourly JOIN usage_facet ON id = facet_id GROUP BY 1
"""
SLOTS = """
SELECT floor(extract(epoch FROM at - {start}) / 300)::int, {sums} FROM (
    SELECT * FROM usage_usagerecord WHERE {where} AND at >= {start} AND at < {end}
    ORDER BY at DESC LIMIT {most}
) record GROUP BY 1
"""


@dataclass(frozen=True)
class History:
    """What a place did up to `now`, the end of a slot."""

    place: Place
    now: datetime

    def grid(self, measure: str) -> Grid:
        """Its series; a young one with its parent's past before its own."""
        own, above = self._grid(measure), parent_of(self.place)
        if above is None or not self.is_young or measure == "tokens_per_request":
            return own
        return with_parents_past(own, History(above, self.now)._grid(measure))

    @cached_property
    def is_young(self) -> bool:
        return self.first > self.now - YOUNG

    @property
    def first(self) -> datetime:
        """The hour of its first request, as far back as is looked."""
        return self.start + min(self.hours, default=self.size) * HOUR

    @property
    def start(self) -> datetime:
        whole = self.now.replace(minute=0, second=0, microsecond=0)
        return whole - DAYS * timedelta(days=1)

    @property
    def size(self) -> int:
        return (self.now - self.start) // HOUR

    @cached_property
    def hours(self) -> dict[int, Sums]:
        """By their number since the start."""
        by_key = any(
            name == "virtual_key" or name.startswith(METADATA) for name, _ in self.place.path
        )
        query = filled(
            HOURS,
            start=value(self.start),
            hours=value([self.start + number * HOUR for number in range(self.size)]),
            rollup=Sql("usage_rollup_by_key" if by_key else "usage_rollup_by_team"),
            level=Sql("by_key" if by_key else "NOT by_key"),
            where=condition(records_of(self.place)),
            sums=Sql(select_list(OF_ROLLUP)),
            totals=Sql(select_list(OF_FACETS)),
        )
        return _read(query)

    @cached_property
    def slots(self) -> dict[int, Sums]:
        """Those of the last hours, by their number since the hour they begin at."""
        start = self.start + self.recent_from * HOUR
        query = filled(
            SLOTS,
            start=value(start),
            end=value(self.now),
            where=condition(records_of(self.place)),
            most=value(2 * RECORDS_MAX),
            sums=Sql(select_list(OF_RECORDS)),
        )
        return _read(query)

    @cached_property
    def recent_from(self) -> int:
        """The hour from which on records are read."""
        first, many = self.size - RECENT_HOURS_MIN, 0.0
        while first > 0 and many < RECORDS_MAX:
            first -= 1
            many += self.hours[first]["requests"] if first in self.hours else 0.0
        return first

    def _grid(self, measure: str) -> Grid:
        first = min([*self.hours, self.size - RECENT_HOURS_MIN])
        recent = max(first, self.recent_from)
        slots: list[float | None] = []
        for number in range(first, recent):
            slots += _even(measure, self.hours.get(number))
        skipped = (recent - self.recent_from) * SLOTS_AN_HOUR
        whole = (self.now - self.start - self.recent_from * HOUR) // STEP
        slots += [_value(measure, self.slots.get(number)) for number in range(skipped, whole)]
        start = int((self.start + first * HOUR).timestamp())
        return Grid.of(start, STEP_SECONDS, slots, unit=self._unit(measure))

    def _unit(self, measure: str) -> float:
        total = {name: sum(each[name] for each in self.hours.values()) for name in NAMES}
        return unit_of(measure, total)


def _even(measure: str, sums: Sums | None) -> Sequence[float | None]:
    total = _value(measure, sums)
    if total is None or measure == "tokens_per_request":
        return [total] * SLOTS_AN_HOUR
    return [total / SLOTS_AN_HOUR] * SLOTS_AN_HOUR


def _value(measure: str, sums: Sums | None) -> float | None:
    if sums is None:
        return None if measure == "tokens_per_request" else 0.0
    return MEASURES[measure](sums)


def _read(query: Sql) -> dict[int, Sums]:
    with limited_report(), connection.cursor() as cursor:
        cursor.execute(query.text, query.parameters)
        return {row[0]: dict(zip(NAMES, row[1:], strict=True)) for row in cursor.fetchall()}
