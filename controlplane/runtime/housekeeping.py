"""What keeps tables in shape: day partitions made ahead of need, delivered messages forgotten."""

from django.db import connection

DAYS_AHEAD = 14


def create_usage_partitions() -> int:
    """Makes the usage table's missing partitions for the coming days; returns how many."""
    today = "(now() AT TIME ZONE 'UTC')::date"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT usage_create_partitions({today}, {today} + %s)", [DAYS_AHEAD])
        return int(cursor.fetchone()[0])


def forget_delivered_messages() -> int:
    """Deletes what Celery's broker tables keep after delivery; returns how many rows."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kombu_message WHERE NOT visible")
        return int(cursor.rowcount)
