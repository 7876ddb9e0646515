"""Who changed what, when, from where, and from what to what?"""

from itertools import islice

from django.db.models import QuerySet
from django.http import HttpResponse

from controlplane.accounts.permissions import Resource
from controlplane.audit.export import PAGE_EVENTS, as_csv
from controlplane.audit.models import Action, AuditEvent
from controlplane.audit.queries import events_seen_by
from controlplane.cells import CSV_TYPE
from controlplane.dashboard.control.events import shown_event
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.lists import SEARCH_LENGTH_MAX, listing
from controlplane.dashboard.pages import Visit, page
from controlplane.errors import invalid
from controlplane.usage.parameters import read_period, read_timezone
from controlplane.validators import is_storable

FIELDS = {
    "resource": "Kind of object",
    "object_id": "Object",
    "actor": "Who",
    "door": "Door",
    "action": "What",
    "customer": "Customer",
}
CHOICES = {
    "door": ("dashboard", "admin", "api", "command", "task", "database"),
    "action": tuple(Action.values),
}
EXPORTED_MAX = 50_000


@page("audit", "Audit log", resource=Resource.AUDIT_LOG)
def audit(visit: Visit) -> HttpResponse:
    """The newest first, of what the viewer may read; `export=csv` is the same as a file."""
    rows = _filtered(visit.query, events_seen_by(visit.viewer))
    if "export" in visit.query:
        return _file(rows)
    found = listing(visit, rows, "-id")
    context = {
        "page": found,
        "events": [shown_event(each) for each in found.rows],
        "fields": _fields(visit),
        "chips": _chips(visit),
    }
    return visit.show("dashboard/control/audit.html", context)


def _filtered(query: Query, rows: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    """Raises `DomainError` for days that are none."""
    for name in FIELDS:
        if chosen := [each for each in query.all(name) if each]:
            if not all(is_storable(each) and len(each) <= SEARCH_LENGTH_MAX for each in chosen):
                raise invalid(name, "Is too long, or holds what cannot be stored.")
            column = "customer_id" if name == "customer" else name
            rows = rows.filter(**{f"{column}__in": chosen})
    parameters = {name: tuple(values) for name, values in query.values.items()}
    start, end = read_period(parameters, read_timezone(parameters))
    if start is not None:
        rows = rows.filter(at__gte=start)
    return rows if end is None else rows.filter(at__lt=end)


def _fields(visit: Visit) -> list[dict[str, object]]:
    """Of the form; nobody who is bound to a customer is asked for one."""
    names = [name for name in FIELDS if name != "customer" or not visit.viewer.is_bound]
    return [
        {
            "name": name,
            "title": FIELDS[name],
            "value": visit.query.first(name),
            "choices": CHOICES.get(name, ()),
        }
        for name in names
    ]


def _chips(visit: Visit) -> list[tuple[str, str, str]]:
    """Title, value and the page without it."""
    paging = {"after": None, "before": None}
    titles = {**FIELDS, "from": "From", "to": "To", "period": "Period"}
    return [
        (titles[name], value, visit.query.having({**paging, name: None}).url(visit.request.path))
        for name, value in visit.query
        if name in titles and value
    ]


def _file(rows: QuerySet[AuditEvent]) -> HttpResponse:
    """The newest fifty thousand; the API exports them all."""
    lines = islice(as_csv(rows), 1 + EXPORTED_MAX // PAGE_EVENTS)
    response = HttpResponse(b"".join(lines), content_type=CSV_TYPE)
    response["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    return response
