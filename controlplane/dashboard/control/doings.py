"""Who did what about an alert: closed, judged, planned, and limits that were changed meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from controlplane.accounts.permissions import Principal, Resource, may_read, visible
from controlplane.alerts.models import Alert
from controlplane.audit.models import AuditEvent
from controlplane.audit.queries import events_seen_by
from controlplane.budgets.models import Budget, LimitChange

SHOWN = 30


@dataclass(frozen=True)
class Doing:
    """One act; `amount_usd` is what it added to a limit, or took from it."""

    at: datetime
    who: str
    words: str
    amount_usd: Decimal | None = None
    reason: str = ""


def doings_of(alert: Alert, budget: Budget | None, viewer: Principal) -> list[Doing]:
    """The newest first, as far as the viewer may know of them; two queries."""
    found: list[Doing] = []
    if may_read(viewer, Resource.AUDIT_LOG):
        events = events_seen_by(viewer).filter(resource=Resource.ALERTS, object_id=alert.pk)
        found += [_of_event(event, alert) for event in events.order_by("-id")[:SHOWN]]
    if budget is not None:
        changes = visible(LimitChange.objects.filter(budget=budget), viewer)
        since = changes.filter(created_at__gte=alert.opened_at)
        found += [_of_change(change) for change in since[:SHOWN]]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _of_event(event: AuditEvent, alert: Alert) -> Doing:
    changes = event.changes
    if changes.get("resolved_at", (None, None))[1]:
        return Doing(event.at, event.actor, "closed it", reason=alert.resolution)
    if "feedback" in changes:
        said = changes["feedback"][1]
        return Doing(event.at, event.actor, f"said: {said}" if said else "took it back")
    if "planned_until" in changes:
        return Doing(event.at, event.actor, "said until when it is planned")
    return Doing(event.at, event.actor, "changed it")


def _of_change(change: LimitChange) -> Doing:
    words = change.get_kind_display().lower()
    return Doing(
        change.created_at,
        change.created_by,
        f"the limit: {words}",
        change.amount_usd,
        change.reason,
    )
