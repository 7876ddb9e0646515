"""Alerts in the admin: to look at, and to close."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import action, display

from controlplane.accounts import permissions
from controlplane.accounts.permissions import Resource, principal_of
from controlplane.administration import ReadOnlyAdmin
from controlplane.alerts.models import Alert, Severity, State
from controlplane.alerts.queries import alerts_seen_by
from controlplane.alerts.services import resolve_alert
from controlplane.audit.doors import name_of

CLOSING = (
    "It is closed for everybody. What goes on being so is not opened again for the same cause."
)


class StateFilter(admin.SimpleListFilter):
    """Open ones, or those that are over."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(state.value, state.label) for state in State]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        if self.value() is None:
            return rows
        return rows.filter(resolved_at__isnull=self.value() == State.OPEN)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    resource = Resource.ALERTS
    list_display = ("opened_at", "severity_shown", "kind", "title", "customer_id", "state")
    list_filter = (
        StateFilter,
        "severity",
        "kind",
        ("customer_id", FieldTextFilter),
        ("virtual_key_id", FieldTextFilter),
        ("opened_at", RangeDateTimeFilter),
    )
    search_fields = ("id__exact", "virtual_key_id__exact", "budget_id__exact", "title")
    actions_detail = ("resolve",)

    @display(
        description="severity",
        ordering="severity",
        label={Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "danger"},
    )
    def severity_shown(self, alert: Alert) -> str:
        return alert.severity

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return alerts_seen_by(principal_of(request.user))

    def has_resolve_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return permissions.may_write(principal_of(request.user), self.resource)

    @action(description="Close", url_path="resolve", icon="check", permissions=["resolve"])
    def resolve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirmed(
            request,
            object_id,
            effect=CLOSING,
            verb="Close",
            act=lambda alert: resolve_alert(alert, by=name_of(request.user)),
        )
