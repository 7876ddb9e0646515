"""How usage records and sums over them look in the API, and in its description."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from controlplane.api.fields import Metadata, Moment, Usd
from controlplane.usage.measures import Sums
from controlplane.usage.models import UsageRecord
from controlplane.usage.summary import Group, Summary


class UsageTokensSerializer(serializers.Serializer):
    """`cached_input` and `cache_write` are parts of `input`, `reasoning` of `output`."""

    input = serializers.IntegerField(source="input_tokens")
    cached_input = serializers.IntegerField(source="cached_input_tokens")
    cache_write = serializers.IntegerField(source="cache_write_tokens")
    output = serializers.IntegerField(source="output_tokens")
    reasoning = serializers.IntegerField(source="reasoning_tokens")


class UsageRecordTokensSerializer(UsageTokensSerializer):
    """The tokens of one request, with the parts that are priced apart."""

    details = serializers.DictField(source="token_details", child=serializers.IntegerField())


class UsageAttemptSerializer(serializers.Serializer):
    """One call to one deployment."""

    provider = serializers.CharField()
    model = serializers.CharField()
    status = serializers.IntegerField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    ms = serializers.FloatField()
    cost_usd = Usd(allow_null=True)


@extend_schema_field(UsageAttemptSerializer(many=True))
class Attempts(serializers.JSONField):
    """As they were booked."""


class UsageRecordSerializer(serializers.Serializer):
    """What one request consumed and cost, and who answered."""

    request_id = serializers.CharField()
    at = Moment()
    customer = serializers.CharField(source="customer_id", allow_null=True)
    team = serializers.CharField(source="team_id", allow_null=True)
    virtual_key = serializers.CharField(source="virtual_key_id", allow_null=True)
    metadata = Metadata(help_text="Codes that were renamed are shown under their new name.")
    endpoint = serializers.CharField()
    model_requested = serializers.CharField(allow_null=True)
    provider = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_null=True)
    status = serializers.IntegerField()
    error_code = serializers.CharField(allow_null=True)
    streamed = serializers.BooleanField()
    cache = serializers.CharField()
    tokens = UsageRecordTokensSerializer(source="*")
    usage_source = serializers.ChoiceField(["provider", "estimated", "none"])
    cost_usd = Usd(allow_null=True, help_text="Null when the model has no price.")
    saved_usd = Usd()
    price_id = serializers.CharField(allow_null=True)
    attempts = Attempts()
    ttft_ms = serializers.FloatField(allow_null=True)
    total_ms = serializers.FloatField()
    gateway_ms = serializers.FloatField()
    metadata_said = Metadata(required=False, help_text="As sent, only where codes were renamed.")

    def to_representation(self, record: UsageRecord) -> dict[str, Any]:
        shown = super().to_representation(record)
        if record.metadata_said is None:
            del shown["metadata_said"]
        return shown


class UsageRecordPageSerializer(serializers.Serializer):
    """A page of usage records."""

    next = serializers.URLField(allow_null=True)
    results = UsageRecordSerializer(many=True)


class UsageSumsSerializer(serializers.Serializer):
    """What requests add up to: `requests` is `answered`, `refused` and `failed` together."""

    requests = serializers.IntegerField()
    answered = serializers.IntegerField()
    refused = serializers.IntegerField(help_text="Turned away before any attempt.")
    failed = serializers.IntegerField()
    refused_by_budget = serializers.IntegerField(help_text="A part of `refused`.")
    refused_by_rate_limit = serializers.IntegerField(help_text="A part of `refused`.")
    refused_by_permission = serializers.IntegerField(help_text="A part of `refused`: status 403.")
    rescued_by_retry = serializers.IntegerField(
        help_text="A part of `answered`: by the same model, after an attempt that failed."
    )
    rescued_by_fallback = serializers.IntegerField(
        help_text="A part of `answered`: by another model, after an attempt that failed."
    )
    exact_cache_hits = serializers.IntegerField(help_text="A part of `answered`.")
    semantic_cache_hits = serializers.IntegerField(help_text="A part of `answered`.")
    tokens = UsageTokensSerializer(source="*")
    cost_usd = Usd(allow_null=True, help_text="Null when none of the requests has a price.")
    saved_usd = Usd()
    unpriced_requests = serializers.IntegerField(help_text="Left out of `cost_usd`.")


class UsageGroupSerializer(UsageSumsSerializer):
    """One group: the dimensions asked for, `metadata.KEY` among them, and the sums."""

    customer = serializers.CharField(allow_null=True, required=False)
    team = serializers.CharField(allow_null=True, required=False)
    virtual_key = serializers.CharField(allow_null=True, required=False)
    provider = serializers.CharField(allow_null=True, required=False)
    model = serializers.CharField(allow_null=True, required=False)
    status = serializers.IntegerField(required=False)
    cache = serializers.CharField(required=False)
    endpoint = serializers.CharField(required=False)
    day = serializers.DateField(required=False)
    month = serializers.DateField(required=False, help_text="Its first day.")
    hour = serializers.DateTimeField(required=False)


class UsageOtherSerializer(UsageSumsSerializer):
    """The groups that are not shown."""

    groups = serializers.IntegerField(help_text="How many groups these are.")


class UsageSummarySerializer(serializers.Serializer):
    """Sums by group, of the groups left out, and of everything."""

    group_by = serializers.ListField(child=serializers.CharField())
    results = UsageGroupSerializer(many=True)
    other = UsageOtherSerializer()
    total = UsageSumsSerializer()

    def to_representation(self, summary: Summary) -> dict[str, Any]:
        return {
            "group_by": list(summary.dimensions),
            "results": [_group(summary.dimensions, group) for group in summary.groups],
            "other": {"groups": summary.other_groups, **_sums(summary.other)},
            "total": _sums(summary.total),
        }


def _group(dimensions: tuple[str, ...], group: Group) -> dict[str, Any]:
    return {**dict(zip(dimensions, group.values, strict=True)), **_sums(group.sums)}


def _sums(sums: Sums) -> dict[str, Any]:
    return UsageSumsSerializer(sums).data
