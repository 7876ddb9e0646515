"""`/api/v1/cache-evidence`: how often answers to similar questions would have been wrong."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Moment, Text, Usd
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, StrictSerializer
from controlplane.caching.models import CacheEvidence
from controlplane.caching.queries import learned_thresholds
from dataplane.caching.judgement.evidence import wilson_lower, wilson_upper


class CacheEvidenceSerializer(StrictSerializer):
    id = Text(read_only=True)
    customer = Text(source="customer_id", read_only=True)
    virtual_key = Text(source="virtual_key_id", read_only=True)
    namespace = Text(read_only=True)
    embedder = Text(read_only=True)
    score_from = serializers.FloatField(source="low", read_only=True)
    labels = serializers.IntegerField(
        read_only=True, help_text="Stored answers that were compared with fresh ones."
    )
    wrong = serializers.IntegerField(read_only=True)
    served = serializers.IntegerField(read_only=True, help_text="Hits that were not compared.")
    saved_usd = Usd(read_only=True, help_text="What the fresh answers cost that were compared.")
    wrong_rate = serializers.SerializerMethodField()
    wrong_rate_lower = serializers.SerializerMethodField(help_text="With 95 % certainty above it.")
    wrong_rate_upper = serializers.SerializerMethodField(help_text="With 95 % certainty below it.")
    threshold = serializers.SerializerMethodField(
        help_text="What the key has learned in all; null: not yet proven."
    )
    updated_at = Moment(read_only=True)

    def get_wrong_rate(self, row: CacheEvidence) -> float | None:
        return row.wrong / row.labels if row.labels else None

    def get_wrong_rate_lower(self, row: CacheEvidence) -> float:
        return wilson_lower(row.wrong, row.labels)

    def get_wrong_rate_upper(self, row: CacheEvidence) -> float:
        return wilson_upper(row.wrong, row.labels)

    def get_threshold(self, row: CacheEvidence) -> float | None:
        thresholds: dict[str, float | None] = self.context["thresholds"]
        return thresholds.get(row.virtual_key_id)


class CacheEvidenceQuery(ListQuery):
    customer = AnyOf("customer_id")
    virtual_key = AnyOf("virtual_key_id")
    namespace = AnyOf("namespace")


class CacheEvidenceView(ResourceView):
    """The labels of one key, of one range of scores."""

    resource = Resource.CACHE_ENTRIES
    queryset = CacheEvidence.objects.all()
    serializer_class = CacheEvidenceSerializer
    query_serializer = CacheEvidenceQuery

    def context_for(self, rows: Sequence[CacheEvidence]) -> dict[str, Any]:
        return {"thresholds": learned_thresholds({row.virtual_key_id for row in rows})}
