"""`/api/v1/notice-channels` and `/api/v1/notices`: where notices go, and what became of each."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Flag, Moment, Reference, Text
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import (
    AnyOf,
    DescribedSerializer,
    IsTrue,
    ListQuery,
    NoQuery,
    StrictSerializer,
)
from controlplane.notices import services
from controlplane.notices.models import Channel, ChannelKind, Notice, State
from controlplane.notices.sending import send_test


class NoticeChannelSerializer(DescribedSerializer):
    fixed = ("id", "customer", "kind")
    customer = Reference(
        Customer.objects.all(), allow_null=True, default=None, help_text="It never changes."
    )
    kind = serializers.ChoiceField(ChannelKind.choices, help_text="It never changes.")
    url = Text(
        write_only=True,
        max_length=services.URL_LENGTH_MAX,
        help_text="Of a webhook, or an Apprise URL such as `slack://…`; never shown again.",
    )
    destination = Text(read_only=True, help_text="Where it leads, without secrets.")
    is_active = Flag(default=True)


class CreatedChannelSerializer(NoticeChannelSerializer):
    secret = Text(
        read_only=True,
        allow_null=True,
        help_text="What a webhook's notices are signed with: in this answer and never again.",
    )


class ChannelTestSerializer(StrictSerializer):
    is_delivered = Flag(read_only=True)
    error = Text(read_only=True, help_text="Empty where it was delivered.")
    notice = Text(read_only=True)


class NoticeChannelQuery(ListQuery):
    orders = ("id", "name", "created_at", "updated_at")
    customer = AnyOf("customer_id")
    kind = AnyOf("kind", child=serializers.ChoiceField(ChannelKind.choices))
    is_active = IsTrue()


class NoticeChannelView(ResourceView):
    """Where notices of alerts go."""

    resource = Resource.NOTICE_CHANNELS
    queryset = Channel.objects.all()
    serializer_class = NoticeChannelSerializer
    query_serializer = NoticeChannelQuery
    requests = {"test": NoQuery}
    answers = {"create": CreatedChannelSerializer, "test": ChannelTestSerializer}

    def create(self, request: Request) -> Response:
        channel, secret = services.create_channel(**self.read(request))
        return self.answer(channel, status=201, secret=secret)

    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:
        """Sends a test now, past what waits."""
        channel = self.get_object()
        self.read(request)
        return Response(send_test(channel, timezone.now()))

    def change(self, row: Channel, changes: dict[str, Any]) -> Channel:
        return services.update_channel(row, **changes)

    def remove(self, row: Channel) -> None:
        services.delete_channel(row)


class DeliverySerializer(StrictSerializer):
    at = Moment(read_only=True)
    is_delivered = Flag(read_only=True)
    error = Text(read_only=True)
    took_ms = serializers.IntegerField(read_only=True)


class NoticeSerializer(StrictSerializer):
    id = Text(read_only=True, help_text="The same however often it is sent: `webhook-id`.")
    channel = Text(source="channel_id", read_only=True)
    rule = Text(source="rule_id", read_only=True, allow_null=True)
    state = serializers.ChoiceField(State.choices, read_only=True)
    attempts = serializers.IntegerField(read_only=True)
    created_at = Moment(read_only=True)
    due_at = Moment(read_only=True)
    next_attempt_at = Moment(read_only=True)
    delivered_at = Moment(read_only=True, allow_null=True)
    deliveries = DeliverySerializer(many=True, read_only=True)


class NoticeQuery(ListQuery):
    orders = ("created_at", "due_at")
    channel = AnyOf("channel_id")
    rule = AnyOf("rule_id")
    state = AnyOf("state", child=serializers.ChoiceField(State.choices))

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields["order"].default = "-created_at"
        return fields


class NoticeView(ResourceView):
    """What was sent, what waits, and what became of each try."""

    resource = Resource.NOTICES
    queryset = Notice.objects.prefetch_related("deliveries")
    serializer_class = NoticeSerializer
    query_serializer = NoticeQuery
    id_column = "id"
