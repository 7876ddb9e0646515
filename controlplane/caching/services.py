"""Taking answers out of the cache: asked to, or since they are old, or many."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from controlplane.caching.models import CacheEntry

ROWS = 1000
OUTCOMES_KEPT = timedelta(days=400)
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
OVER_OWN_LIMIT = """
    SELECT entry.id FROM keys_virtualkey key, LATERAL (
        SELECT id, sum(bytes) OVER (ORDER BY used_at DESC, id DESC) AS total
        FROM caching_cacheentry WHERE virtual_key_id = key.id
    ) AS entry
    WHERE key.cache_mb_max IS NOT NULL AND entry.total > key.cache_mb_max::bigint * 1048576
    LIMIT %s
"""
OLD_OUTCOMES = "DELETE FROM caching_cacheoutcome WHERE day < %s"
ENDED_LEASES = "DELETE FROM caching_cachelease WHERE expires_at < now() - interval '1 minute'"
# What a client may have named itself goes with its customer.
MEASURED = {
    "evidence": "DELETE FROM caching_cacheevidence WHERE customer_id = %s AND updated_at <= %s",
    "outcomes": "DELETE FROM caching_cacheoutcome WHERE customer_id = %s AND day <= %s::date",
}


def purge_entries(rows: QuerySet[CacheEntry]) -> int:
    """Deletes them in batches; returns how many. What is asked from now on is asked anew."""
    return sum(_deleted(rows))


def purge_until(*, customer_id: str, until: datetime) -> Iterator[int]:
    """What a customer had answered before then."""
    return _deleted(CacheEntry.objects.filter(customer_id=customer_id, created_at__lte=until))


@transaction.atomic
def forget_measured(*, what: str, customer_id: str, until: datetime) -> int:
    """What was measured of a customer's traffic: `evidence` or `outcomes`."""
    with connection.cursor() as cursor:
        cursor.execute(MEASURED[what], [customer_id, until])
        return int(cursor.rowcount)


def evict() -> int:
    """What has expired, then the least recently used of what is too much, of a key and in all."""
    _tidy()
    limit = settings.CACHE_BYTES_MAX
    return (
        _evicted(EXPIRED, [ROWS])
        + _evicted(OVER_OWN_LIMIT, [50 * ROWS])
        + _evicted(OVER_LIMIT, [limit, 50 * ROWS])
    )


@transaction.atomic
def _tidy() -> None:
    with connection.cursor() as cursor:
        cursor.execute(OLD_OUTCOMES, [(timezone.now() - OUTCOMES_KEPT).date()])
        cursor.execute(ENDED_LEASES)


def _deleted(rows: QuerySet[CacheEntry]) -> Iterator[int]:
    while ids := list(rows.order_by("id").values_list("id", flat=True)[:ROWS]):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(DELETE, [ids])
            yield cursor.rowcount


def _evicted(query: str, values: list[Any]) -> int:
    count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query, values)
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return count
            cursor.execute(DELETE, [ids])
            count += cursor.rowcount
