"""The audit log as a file, a page of events at a time."""

from collections.abc import Iterator

from django.db.models import QuerySet

from controlplane.audit.models import AuditEvent
from controlplane.cells import Cell, as_json, csv_lines

PAGE_EVENTS = 2000
COLUMNS = (
    *("id", "at", "change", "door", "actor", "address"),
    *("action", "resource", "object_id", "customer", "changes"),
)


def as_csv(events: QuerySet[AuditEvent]) -> Iterator[bytes]:
    """A line of column names, then the events, newest first. Their first page is read at once."""
    return _lines(_page(events), events)


def _lines(page: list[AuditEvent], events: QuerySet[AuditEvent]) -> Iterator[bytes]:
    yield csv_lines([COLUMNS])
    while page:
        yield csv_lines(_row(event) for event in page)
        page = _page(events.filter(pk__lt=page[-1].pk))


def _page(events: QuerySet[AuditEvent]) -> list[AuditEvent]:
    return list(events.order_by("-pk")[:PAGE_EVENTS])


def _row(event: AuditEvent) -> list[Cell]:
    return [
        *(event.id, event.at.isoformat().replace("+00:00", "Z"), event.change, event.door),
        *(event.actor, event.address, event.action, event.resource, event.object_id),
        *(event.customer_id, as_json(event.changes)),
    ]
