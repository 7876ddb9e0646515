"""What the audit log may forget, and how: by these statements, which leave a trace, and no others.

Each names the row that says who wanted it, in a setting of its transaction; the guard of the log
(`migrations/0003_forgetting.py`) looks that row up.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from controlplane.personal_data import ROWS, Batches, Erasing, holdings

ERASED = "(erased)"

# That a personal field was changed stays, by whom of ours, too: not from what to what, and not
# which person of the customer did it from where.
ERASE = """
WITH chosen AS MATERIALIZED (
    SELECT id, actor LIKE 'member %%' AND NOT EXISTS (
        SELECT FROM accounts_member
        WHERE 'member ' || username = actor AND customer_id IS DISTINCT FROM %(customer)s
    ) AS by_person
    FROM audit_auditevent
    WHERE customer_id = %(customer)s AND id > %(last)s ORDER BY id LIMIT %(rows)s
), erased AS (
    UPDATE audit_auditevent event SET
        actor = CASE WHEN by_person THEN 'member ' || %(erased)s ELSE actor END,
        address = CASE WHEN by_person THEN NULL ELSE address END,
        object_id = CASE WHEN resource = 'members' THEN %(erased)s ELSE object_id END,
        changes = (
            SELECT coalesce(jsonb_object_agg(field, CASE WHEN field = ANY (%(personal)s) THEN (
                SELECT jsonb_agg(CASE WHEN side IN ('null', '""', '{}', '[]') THEN side
                                      ELSE to_jsonb(%(erased)s::text) END ORDER BY place)
                FROM jsonb_array_elements(sides) WITH ORDINALITY AS each (side, place)
            ) ELSE sides END), '{}')
            FROM jsonb_each(changes) AS change (field, sides)
        )
    FROM chosen WHERE event.id = chosen.id
    RETURNING event.id
)
SELECT count(*), max(id) FROM erased
"""
FORGET = """
DELETE FROM audit_auditevent WHERE id IN (
    SELECT id FROM audit_auditevent WHERE at < %(older_than)s
    ORDER BY id LIMIT %(rows)s FOR UPDATE SKIP LOCKED
)
"""


def erase_events(erasing: Erasing) -> Batches:
    """Takes personal values out of a customer's events."""
    personal = sorted({name for holding in holdings() for name in holding.personal})
    given: dict[str, Any] = {"customer": erasing.customer_id, "personal": personal}
    last: int | None = 0
    while last is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            _allow(cursor, "purser.erasure", erasing.id)
            cursor.execute(ERASE, {**given, "erased": ERASED, "last": last, "rows": ROWS})
            count, last = cursor.fetchone()
        yield count


def forget_events(older_than: datetime, forgetting_id: int) -> Batches:
    """Deletes events that are older than the log is kept."""
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            _allow(cursor, "purser.forgetting", forgetting_id)
            cursor.execute(FORGET, {"older_than": older_than, "rows": ROWS})
            count = cursor.rowcount
        if not count:
            return
        yield count


def _allow(cursor: Any, setting: str, row_id: int) -> None:
    cursor.execute("SELECT set_config(%s, %s, true)", [setting, str(row_id)])
