"""`/api/v1/cache-entries`: answers that may be given again; listed and purged, never shown."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Moment, Text, Usd
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, StrictSerializer
from controlplane.caching import services
from controlplane.caching.models import CacheEntry


class CacheEntrySerializer(StrictSerializer):
    id = Text(read_only=True)
    customer = Text(source="customer_id", read_only=True)
    virtual_key = Text(
        source="virtual_key_id", read_only=True, help_text="Of the request that it answered first."
    )
    namespace = Text(read_only=True)
    endpoint = Text(read_only=True)
    model_requested = Text(read_only=True)
    provider = Text(read_only=True)
    model = Text(read_only=True)
    bytes = serializers.IntegerField(read_only=True)
    cost_usd = Usd(read_only=True, allow_null=True, help_text="What each hit saves.")
    hits = serializers.IntegerField(read_only=True)
    created_at = Moment(read_only=True)
    used_at = Moment(read_only=True)
    expires_at = Moment(read_only=True)


class CacheEntryQuery(ListQuery):
    customer = AnyOf("customer_id")
    virtual_key = AnyOf("virtual_key_id")
    namespace = AnyOf("namespace")
    model_requested = AnyOf("model_requested")
    model = AnyOf("model")


class PurgeSerializer(StrictSerializer):
    """All that is named must hold of an entry; what is not named is any."""

    customer = Text(source="customer_id", required=False)
    virtual_key = Text(source="virtual_key_id", required=False)
    namespace = Text(required=False, allow_blank=True)
    model_requested = Text(required=False)
    model = Text(required=False)


class PurgedSerializer(StrictSerializer):
    purged = serializers.IntegerField(help_text="How many there were.")


class CacheEntryView(ResourceView):
    """One answer that may be given again."""

    http_method_names = ["get", "head", "options", "post", "delete"]
    resource = Resource.CACHE_ENTRIES
    queryset = CacheEntry.objects.all()
    serializer_class = CacheEntrySerializer
    query_serializer = CacheEntryQuery
    requests = {"purge": PurgeSerializer}
    answers = {"purge": PurgedSerializer}

    def remove(self, row: CacheEntry) -> None:
        services.purge_entries(CacheEntry.objects.filter(pk=row.pk))

    def purge(self, request: Request) -> Response:
        """Deletes all that matches, and says how many there were."""
        rows = self.get_queryset().filter(**self.read(request))
        return Response({"purged": services.purge_entries(rows)})
