"""Requests and spend of the last seconds, from the records: what happens right now."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from controlplane.usage.filters import RecordFilter, condition
from controlplane.usage.fragments import filled, value
from controlplane.usage.limits import limited_report

STATEMENT = """
SELECT floor(extract(epoch FROM at - {start}))::int, count(*), coalesce(sum(cost_usd), 0)
FROM usage_usagerecord WHERE {where} GROUP BY 1
"""


@dataclass(frozen=True)
class Second:
    """One second; unpriced requests count, their cost does not."""

    requests: int
    cost_usd: Decimal


NOTHING = Second(0, Decimal(0))


def last_seconds(records: RecordFilter, now: datetime, seconds: int) -> list[Second]:
    """Each of the last seconds, the oldest first."""
    start = now - timedelta(seconds=seconds)
    where = condition(replace(records, start=start, end=now))
    statement = filled(STATEMENT, start=value(start), where=where)
    with limited_report(), connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        found = {place: Second(many, cost) for place, many, cost in cursor.fetchall()}
    return [found.get(place, NOTHING) for place in range(seconds)]
