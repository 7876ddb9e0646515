"""Forgetting stored content. The data plane alone adds to it."""

from datetime import datetime

from django.db import connection

from controlplane.personal_data import ROWS, Batches

DELETE = """
    DELETE FROM content_storedcontent WHERE request_id IN (
        SELECT request_id FROM content_storedcontent
        WHERE at <= %(until)s AND (%(customer)s::text IS NULL OR customer_id = %(customer)s)
        LIMIT %(rows)s FOR UPDATE SKIP LOCKED
    )
"""


def delete_content(*, until: datetime, customer_id: str | None = None) -> Batches:
    """Of one customer or of all, up to an instant."""
    while True:
        with connection.cursor() as cursor:
            given = {"until": until, "customer": customer_id, "rows": ROWS}
            cursor.execute(DELETE, given)
            if not cursor.rowcount:
                return
            yield cursor.rowcount
