"""`/api/v1/usage-imports`: files of past usage in the books; `import_usage` brings them."""

from django.db.models import OuterRef, Subquery
from rest_framework import serializers

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Moment, Text
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import ListQuery, StrictSerializer
from controlplane.moving_in.models import ImportedRecord, UsageImport

OF_IMPORT = ImportedRecord.objects.filter(batch=OuterRef("pk")).values("at")


class UsageImportSerializer(StrictSerializer):
    id = serializers.IntegerField(read_only=True, help_text="What `--undo` takes out again.")
    file_name = Text(read_only=True)
    records = serializers.IntegerField(read_only=True, help_text="Those that were new.")
    first_at = Moment(read_only=True, allow_null=True)
    last_at = Moment(read_only=True, allow_null=True)
    created_at = Moment(read_only=True)


class UsageImportQuery(ListQuery):
    orders = ("created_at", "file_name")

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields["order"].default = "-created_at"
        return fields


class UsageImportView(ResourceView):
    """A file may have records of every customer: who is bound to one sees no imports."""

    resource = Resource.USAGE_IMPORTS
    queryset = UsageImport.objects.annotate(
        first_at=Subquery(OF_IMPORT.order_by("at")[:1]),
        last_at=Subquery(OF_IMPORT.order_by("-at")[:1]),
    )
    serializer_class = UsageImportSerializer
    query_serializer = UsageImportQuery
