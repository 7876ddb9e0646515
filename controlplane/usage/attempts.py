"""What providers answered, attempt by attempt, by quarters of an hour: of a day, from the records.

The rollup counts requests, and of a request that was rescued it does not know who failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from controlplane.usage.filters import RecordFilter, condition
from controlplane.usage.fragments import Sql, filled, value
from controlplane.usage.limits import limited_report

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
STATEMENT = """
SELECT attempt ->> 'model', date_bin('15 minutes', at, {start}), attempt ->> 'error_code', count(*)
FROM usage_usagerecord CROSS JOIN LATERAL jsonb_array_elements(attempts) AS attempt
WHERE {where}
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Attempts:
    """So many attempts at a model in the quarter from `at`; `error_code` is None if answered."""

    model: str | None
    at: datetime
    error_code: str | None
    many: int


def attempts_of_day(records: RecordFilter, end: datetime) -> list[Attempts]:
    """Of the 24 hours before `end`. Raises `DomainError` where that takes too long."""
    start = end - DAY
    where = condition(replace(records, start=start, end=end))
    statement: Sql = filled(STATEMENT, start=value(start), where=where)
    with limited_report(), connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return [_read(row) for row in cursor.fetchall()]


def _read(row: Sequence[Any]) -> Attempts:
    return Attempts(*row)
