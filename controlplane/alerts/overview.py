"""The alerts that wait for somebody: how many, and the first few."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Value, When, Window

from controlplane.accounts.permissions import Principal
from controlplane.alerts.models import Alert, Severity
from controlplane.alerts.queries import alerts_seen_by

FIRST = 5
URGENCY = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True)
class OpenAlerts:
    """All that are open, in number, and the worst of them by money."""

    count: int
    first: Sequence[Alert]


def open_alerts(viewer: Principal) -> OpenAlerts:
    """What the viewer may know of, the most urgent first; one query."""
    urgency = Case(
        *(When(severity=severity, then=Value(place)) for severity, place in URGENCY.items()),
        output_field=IntegerField(),
    )
    rows = alerts_seen_by(viewer).filter(resolved_at=None)
    worst = rows.annotate(urgency=urgency, open=Window(Count("pk"))).order_by(
        "urgency", F("amount_usd").desc(nulls_last=True), "opened_at"
    )
    first = list(worst[:FIRST])
    return OpenAlerts(first[0].open if first else 0, first)
