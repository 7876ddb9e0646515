"""Whether a model was called in a period, by the hourly rollup: a month of records is too many."""

from datetime import datetime

from django.db import connection

CALLED = """
SELECT EXISTS (
    SELECT FROM usage_rollup
    WHERE NOT by_key
      AND hour >= date_trunc('hour', %(start)s::timestamptz, 'UTC') AND hour < %(end)s
      AND facet_id IN (SELECT id FROM usage_facet WHERE NOT by_key AND model = %(model)s)
)
"""


def was_called(model: str, start: datetime, end: datetime) -> bool:
    """To the hour."""
    with connection.cursor() as cursor:
        cursor.execute(CALLED, {"model": model, "start": start, "end": end})
        row: tuple[bool] = cursor.fetchone()
        return row[0]
