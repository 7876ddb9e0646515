"""How far the books are settled: what the processes of the data plane last said of themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from controlplane.budgets.models import Process

# A process that flushes says so at least as often.
BEHIND = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`settled_to` is None while no process of the data plane runs."""

    settled_to: datetime | None
    is_behind: bool


def freshness(now: datetime) -> Freshness:
    """The oldest sign of life among processes: what a lost one had spent may still come."""
    seen = Process.objects.aggregate(oldest=Min("seen_at"))
    if seen["oldest"] is None:
        return Freshness(None, False)
    return Freshness(seen["oldest"], now - seen["oldest"] > BEHIND)
