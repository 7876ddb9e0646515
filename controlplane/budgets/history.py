"""What became of a budget's limit: who changed it, when, from what to what, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from controlplane.accounts.permissions import Principal, Resource, may_read, visible
from controlplane.audit.models import AuditEvent
from controlplane.budgets.models import Budget, LimitChange

ENTRIES_MAX = 50


@dataclass(frozen=True)
class Entry:
    """One change. `before` and `after` are the own limit; `change` is one for a time."""

    at: datetime
    by: str
    what: str
    reason: str = ""
    before: Decimal | None = None
    after: Decimal | None = None
    change: LimitChange | None = None


def history_of(budget: Budget, viewer: Principal) -> list[Entry]:
    """The newest first; at most fifty of each kind, in two queries."""
    changes = visible(LimitChange.objects.filter(budget=budget), viewer)[:ENTRIES_MAX]
    found = [entry for change in changes for entry in _of_change(change)]
    if may_read(viewer, Resource.AUDIT_LOG):
        own = AuditEvent.objects.filter(resource=Resource.BUDGETS, object_id=budget.id)
        found += [_of_event(event) for event in visible(own, viewer)[:ENTRIES_MAX]]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _of_change(change: LimitChange) -> Iterator[Entry]:
    yield Entry(
        change.created_at,
        change.created_by,
        change.get_kind_display(),
        reason=change.reason,
        change=change,
    )
    if change.undone_at is not None:
        undone = f"{change.get_kind_display()}: taken back"
        yield Entry(change.undone_at, change.undone_by, undone)


def _of_event(event: AuditEvent) -> Entry:
    before, after = event.changes.get("limit_usd") or (None, None)
    words = {"create": "Created", "delete": "Deleted"}
    changed = ", ".join(name.replace("_", " ") for name in event.changes)
    what = words.get(event.action) or ("New limit" if before is not None else f"Changed: {changed}")
    _, reason = event.changes.get("reason") or (None, "")
    return Entry(event.at, event.actor, what, reason or "", before=_usd(before), after=_usd(after))


def _usd(value: object) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
