"""One run of the detector: late, twice or by two workers, there is one alert for each cause."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.utils import timezone

from controlplane.alerts.models import Kind
from controlplane.alerts.services import Opened, keep_alerts
from controlplane.alerts.unusual.watching import AREA, unusual
from controlplane.alerts.watching.watches import open_alerts

RUN_LOCK = 0x756E757375616C  # of the session that looks


def watch_unusual(at: datetime | None = None) -> list[Opened]:
    """Opens, updates and ends alerts. Of two runs at once, one leaves it to the other.

    Raises `DomainError` where the books take too long to answer; alerts stay as they are then.
    """
    now = at or timezone.now()
    with _alone() as is_alone:
        seen = unusual(open_alerts(Kind.UNUSUAL), now) if is_alone else None
        if seen is None:
            return []
        return keep_alerts(kind=Kind.UNUSUAL, seen=seen, over="Back to usual.", area=AREA)


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [RUN_LOCK])
        [is_alone] = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [RUN_LOCK])
