"""`/api/v1/audit-log`: who changed what, when and from where. Read-only, newest first."""

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from controlplane.accounts.permissions import Resource, unseen_changes
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.fields import Moment, Text
from controlplane.api.resources import PAGING, ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, StrictSerializer
from controlplane.audit.export import as_csv
from controlplane.audit.models import Action, AuditEvent
from controlplane.cells import CSV_TYPE
from controlplane.streaming import file_response

REFUSALS = dict.fromkeys((400, 401, 403), ErrorEnvelopeSerializer)


class AuditEventSerializer(StrictSerializer):
    id = serializers.IntegerField(read_only=True)
    at = Moment(read_only=True)
    change = serializers.IntegerField(
        read_only=True, help_text="Equal for all events of one transaction."
    )
    door = Text(read_only=True, help_text="`api`, `admin`, `dashboard`, `command`, `task` or …")
    actor = Text(read_only=True, help_text="Who, as in `member anna` or `token tok_1`.")
    address = Text(read_only=True, allow_null=True)
    action = serializers.ChoiceField(choices=Action.choices, read_only=True)
    resource = Text(read_only=True)
    object_id = Text(read_only=True)
    customer = Text(source="customer_id", read_only=True, allow_null=True)
    changes = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField(), min_length=2, max_length=2),
        read_only=True,
        help_text="`{field: [old, new]}`. Of a secret: only that there is another one.",
    )


class AuditQuery(ListQuery):
    customer = AnyOf("customer_id")
    resource = AnyOf("resource")
    object_id = AnyOf("object_id")
    actor = AnyOf("actor")
    door = AnyOf("door")
    action = AnyOf("action", child=serializers.ChoiceField(choices=Action.choices))

    def get_fields(self) -> dict[str, serializers.Field]:
        """`from` is no name that Python lets a class have."""
        period = {
            "from": Moment(source="at__gte", required=False),
            "to": Moment(source="at__lt", required=False, help_text="Not included."),
        }
        return {**super().get_fields(), **period}


class AuditLogView(ResourceView):
    """One change of one object."""

    http_method_names = ["get", "head", "options"]
    resource = Resource.AUDIT_LOG
    queryset = AuditEvent.objects.all()
    serializer_class = AuditEventSerializer
    query_serializer = AuditQuery
    lists = frozenset({"list", "export"})
    newest_first = True

    def get_queryset(self) -> QuerySet:
        unseen = unseen_changes(self.principal)
        rows = super().get_queryset()
        return rows.exclude(resource__in=unseen) if unseen else rows

    @extend_schema(
        operation_id="audit_log_export",
        parameters=[AuditQuery],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR), **REFUSALS},
    )
    @action(detail=False)
    def export(self, request: Request) -> StreamingHttpResponse:
        """All events of the filter as a CSV file, newest first."""
        filters = {name: value for name, value in self.query.items() if name not in PAGING}
        chunks = as_csv(self.get_queryset().filter(**filters))
        return file_response(chunks, name="audit-log.csv", content_type=CSV_TYPE)
