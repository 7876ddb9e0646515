"""Checking the books (do balances, ledger and usage agree?), and keeping rollups small."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from billing.sql import statement
from controlplane.usage.models import Verdict

DIFFERENCES_MAX = 1000
# New metadata objects of a virtual key within a day.
METADATA_OBJECTS_MAX = 1000
# Latencies are measured an hour at a time, so that a run is short whatever there is to catch up.
LATENCY_LOOK_BACK = timedelta(days=400)
LATENCY_HOURS_MAX = 240
SUMMED_DAYS_MAX = 60


@dataclass(frozen=True)
class Difference:
    """One place where the books disagree, as `verify.sql` and `verify_rollup.sql` explain them."""

    kind: str
    balance: int | None
    budget: str | None
    owner: str | None
    detail: str
    expected: Decimal
    found: Decimal
    difference: Decimal


def verify_books() -> list[Difference]:
    """The first differences, none when the books are right.

    The ledger is compared in one snapshot, the rollup of each day in another.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement("verify"))
        differences = [Difference(*row) for row in cursor.fetchall()]
        cursor.execute(statement("usage_days"))
        for (day,) in cursor.fetchall():
            if len(differences) >= DIFFERENCES_MAX:
                break
            cursor.execute(statement("verify_rollup"), {"day": day})
            differences += [Difference(*row) for row in cursor.fetchall()]
    return differences


def judge_books() -> list[Difference]:
    """Verifies the books and puts on record what was found."""
    differences = verify_books()
    Verdict.objects.create(differences=len(differences))
    return differences


def fold_metadata() -> list[str]:
    """Keeps metadata that takes ever new values out of the rollup; returns whose it is."""
    with connection.cursor() as cursor:
        cursor.execute(statement("unfold_metadata"))
        cursor.execute(statement("fold_metadata"), {"objects_max": METADATA_OBJECTS_MAX})
        return [virtual_key for (virtual_key,) in cursor.fetchall()]


def sum_up_days(*, days_max: int = SUMMED_DAYS_MAX) -> list[datetime]:
    """Sums up days (UTC) that are over and changed since; returns them, the newest first.

    A day that is being written to is left for the next time.
    """
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(statement("unsummed_days"), {"until": today, "days_max": days_max})
        days = [day for (day,) in cursor.fetchall()]
    return [day for day in days if _sum_up(day)]


def _sum_up(day: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement("facets_of_day"), {"day": day})
        with transaction.atomic():
            cursor.execute(statement("hold_day"), {"day": day})
            if not cursor.fetchone()[0]:
                return False
            cursor.execute(statement("forget_day"), {"day": day})
            cursor.execute(statement("sum_up_day"), {"day": day})
    return True


def measure_latencies(*, hours_max: int = LATENCY_HOURS_MAX) -> list[datetime]:
    """Counts latencies anew for hours that got answers since; returns them, the newest first."""
    since = timezone.now() - LATENCY_LOOK_BACK
    with connection.cursor() as cursor:
        cursor.execute(statement("unmeasured_hours"), {"since": since, "hours_max": hours_max})
        hours = [hour for (hour,) in cursor.fetchall()]
    for hour in hours:
        measure_latencies_of(hour, hour + timedelta(hours=1))
    return hours


def measure_latencies_of(start: datetime, end: datetime) -> None:
    """Counts the latencies of whole hours anew."""
    with connection.cursor() as cursor:
        cursor.execute(statement("measure_latencies"), {"start": start, "end": end})
