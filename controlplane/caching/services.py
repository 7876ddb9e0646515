"""Taking answers out of the cache: asked to, or since they are old, or many."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from controlplane.caching.models import CacheEntry

ROWS = 1000
DELETE = "DELETE FROM caching_cacheentry WHERE id = ANY(%s)"
EXPIRED = (
    "SELECT id FROM caching_cacheentry WHERE expires_at <= now() LIMIT %s FOR UPDATE SKIP LOCKED"
)
# The least recently used of what is over the limit, by a running sum over the most recent.
OVER_LIMIT = """
    SELECT id FROM (
        SELECT id, sum(bytes) OVER (ORDER BY used_at DESC, id DESC) AS total
        FROM caching_cacheentry
    ) AS entry
    WHERE total > %s LIMIT %s
"""


def purge_entries(rows: QuerySet[CacheEntry]) -> int:
    """Deletes them in batches; returns how many. What is asked from now on is asked anew."""
    return sum(_deleted(rows))


def purge_until(*, customer_id: str, until: datetime) -> Iterator[int]:
    """What a customer had answered before then."""
    return _deleted(CacheEntry.objects.filter(customer_id=customer_id, created_at__lte=until))


def evict() -> int:
    """What has expired, then the least recently used of what is too much."""
    limit = settings.CACHE_BYTES_MAX
    return _evicted(EXPIRED, [ROWS]) + _evicted(OVER_LIMIT, [limit, 50 * ROWS])


def _deleted(rows: QuerySet[CacheEntry]) -> Iterator[int]:
    while ids := list(rows.order_by("id").values_list("id", flat=True)[:ROWS]):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(DELETE, [ids])
            yield cursor.rowcount


def _evicted(query: str, values: list[int]) -> int:
    count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query, values)
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return count
            cursor.execute(DELETE, [ids])
            count += cursor.rowcount
