"""`/api/v1/cache-outcomes`: how look-ups ended, why, and what that saved and cost."""

from rest_framework import serializers

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Text, Usd
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, StrictSerializer
from controlplane.caching.models import CacheOutcome


class CacheOutcomeSerializer(StrictSerializer):
    id = Text(read_only=True)
    customer = Text(source="customer_id", read_only=True)
    virtual_key = Text(source="virtual_key_id", read_only=True)
    namespace = Text(read_only=True)
    day = serializers.DateField(read_only=True, help_text="The day, in UTC.")
    result = Text(
        read_only=True,
        help_text="`exact`, `semantic`, `miss`; `shadow`: an exact hit that was only watched.",
    )
    reason = Text(read_only=True)
    lookups = serializers.IntegerField(read_only=True)
    saved_usd = Usd(read_only=True, help_text="What the stored answers had cost.")
    embedding_usd = Usd(read_only=True)
    audit_usd = Usd(read_only=True, help_text="What hits cost that were asked all the same.")
    judge_usd = Usd(read_only=True)


class CacheOutcomeQuery(ListQuery):
    customer = AnyOf("customer_id")
    virtual_key = AnyOf("virtual_key_id")
    namespace = AnyOf("namespace")
    result = AnyOf("result")
    reason = AnyOf("reason")


class CacheOutcomeView(ResourceView):
    """Look-ups of one key, one day, one end and reason."""

    resource = Resource.CACHE_ENTRIES
    queryset = CacheOutcome.objects.all()
    serializer_class = CacheOutcomeSerializer
    query_serializer = CacheOutcomeQuery
