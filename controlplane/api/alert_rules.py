"""`/api/v1/alert-rules`: which alerts a channel hears of, and when."""

from typing import Any

from rest_framework import serializers

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource
from controlplane.actions.models import MINUTES_MAX, ActionKind
from controlplane.alerts.models import Kind, Severity
from controlplane.api.fields import Flag, Reference, Text, Whole
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, DescribedSerializer, IsTrue, ListQuery
from controlplane.notices import services
from controlplane.notices.models import Channel, Digest, Rule


class AlertRuleSerializer(DescribedSerializer):
    fixed = ("id",)
    customer = Reference(
        Customer.objects.all(),
        allow_null=True,
        default=None,
        help_text="Null: alerts of all customers, and of the installation.",
    )
    channel = Reference(Channel.objects.all())
    kinds = serializers.ListField(
        child=serializers.ChoiceField(Kind.choices),
        default=list,
        max_length=len(Kind),
        help_text="Empty: all.",
    )
    severities = serializers.ListField(
        child=serializers.ChoiceField(Severity.choices),
        default=list,
        max_length=len(Severity),
        help_text="Empty: all.",
    )
    digest = serializers.ChoiceField(Digest.choices, default=Digest.IMMEDIATE.value)
    quiet_from = serializers.TimeField(
        allow_null=True,
        default=None,
        format="%H:%M",
        input_formats=["%H:%M"],
        help_text="From here to `quiet_to` only critical alerts go out; the others wait.",
    )
    quiet_to = serializers.TimeField(
        allow_null=True, default=None, format="%H:%M", input_formats=["%H:%M"]
    )
    timezone = Text(default="UTC", max_length=64, help_text="Of quiet hours and daily digests.")
    action = serializers.ChoiceField(
        ActionKind.choices,
        allow_blank=True,
        default="",
        help_text="What is done at once when such an alert is opened; empty: it is only told.",
    )
    action_minutes = Whole(
        min_value=1, max_value=MINUTES_MAX, default=60, help_text="For how long."
    )
    is_active = Flag(default=True)
    matches_everything = serializers.BooleanField(
        read_only=True, help_text="It names no customer, kind or severity: every alert goes out."
    )


class AlertRuleQuery(ListQuery):
    orders = ("id", "name", "created_at", "updated_at")
    customer = AnyOf("customer_id")
    channel = AnyOf("channel_id")
    is_active = IsTrue()


class AlertRuleView(ResourceView):
    """Which alerts go to a channel, and when."""

    resource = Resource.ALERT_RULES
    queryset = Rule.objects.all()
    serializer_class = AlertRuleSerializer
    query_serializer = AlertRuleQuery

    def add(self, fields: dict[str, Any]) -> Rule:
        return services.create_rule(**fields)

    def change(self, row: Rule, changes: dict[str, Any]) -> Rule:
        return services.update_rule(row, **changes)

    def remove(self, row: Rule) -> None:
        services.delete_rule(row)
