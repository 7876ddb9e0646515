"""Retry storm: keys that send the same request, or are refused the same way, over and over.

The data plane counts, and tells every few seconds; a storm is over ten minutes after its last.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection

from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Sighting
from controlplane.alerts.watching.days import cause_of_the_day
from controlplane.alerts.watching.words import moment
from controlplane.keys.models import KeyRepetition

AREA = "retry-storm/"
OVER_AFTER = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)
STORMS_MAX = 1_000
CRITICAL_REQUESTS = 10_000
HELD_BACK = "retry_storm"
# The table is the data plane's, but processes come and go; what is old is of no use to anybody.
FORGET = "DELETE FROM keys_keyrepetition WHERE last_at < %s"


def retry_storms(opened: Mapping[str, Alert], at: datetime) -> list[Sighting]:
    """One of each key: what it repeats most."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [at - KEPT_FOR])
    rows = KeyRepetition.objects.filter(last_at__gt=at - OVER_AFTER).select_related("virtual_key")
    worst: dict[str, KeyRepetition] = {}
    for row in rows.order_by("-requests", "code")[:STORMS_MAX]:
        worst.setdefault(row.virtual_key_id, row)
    return [_sighting(row, opened, at) for row in worst.values()]


def _sighting(row: KeyRepetition, opened: Mapping[str, Alert], at: datetime) -> Sighting:
    key, times = row.virtual_key, _first_digit(row.requests)
    what = "the same request" if row.is_same else "requests"
    model = f" for {row.model}" if row.model else ""
    how = "held back" if row.code == HELD_BACK else f"refused as {row.code}"
    return Sighting(
        kind=Kind.RETRY_STORM,
        severity=Severity.CRITICAL if times >= CRITICAL_REQUESTS else Severity.WARNING,
        cause=cause_of_the_day(f"{AREA}{key.id}", opened, at),
        title=f"Virtual key {key.id} of {key.customer_id} repeats {what}{model}: {how} at least "
        f"{times:,} times since {moment(row.first_at)}.",
        facts={
            "requests_at_least": times,
            "error_code": row.code,
            "since": row.first_at.isoformat(),
            "held_back": key.retry_storm == "back_off",
        },
        customer_id=key.customer_id,
        team_id=key.team_id,
        virtual_key_id=key.id,
    )


def _first_digit(count: int) -> int:
    """Rounded down to it, so that few more are no news."""
    place: int = 10 ** (len(str(count)) - 1)
    return count // place * place
