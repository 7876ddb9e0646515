"""The audit log in the admin, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from controlplane.accounts.permissions import Resource, principal_of, unseen_changes
from controlplane.administration import ReadOnlyAdmin
from controlplane.audit.models import AuditEvent
from controlplane.cells import as_json

VALUE_LENGTH_SHOWN = 60


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    resource = Resource.AUDIT_LOG
    paginator = InfinitePaginator
    list_display = ("at", "actor", "door", "action", "object", "what")
    list_filter = (
        ("at", RangeDateTimeFilter),
        "action",
        "resource",
        ("actor", FieldTextFilter),
        ("object_id", FieldTextFilter),
        ("customer_id", FieldTextFilter),
    )
    search_fields = ("object_id__exact", "actor__exact")
    search_help_text = "An object's id, or an actor"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows.exclude(resource__in=unseen_changes(principal_of(request.user)))

    @display(description="object")
    def object(self, event: AuditEvent) -> str:
        return f"{event.resource}/{event.object_id}"

    @display(description="changes")
    def what(self, event: AuditEvent) -> str:
        return ", ".join(
            f"{name}: {_short(old)} → {_short(new)}" for name, (old, new) in event.changes.items()
        )


def _short(value: object) -> str:
    text = "–" if value is None else value if isinstance(value, str) else as_json(value)
    return text if len(text) <= VALUE_LENGTH_SHOWN else f"{text[:VALUE_LENGTH_SHOWN]}…"
