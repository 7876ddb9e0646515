"""`/api/v1/alert-actions`: what was done about alerts, by people and by rules."""

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource
from controlplane.actions.models import ActionKind, AlertAction
from controlplane.actions.services import end_action
from controlplane.alerts.queries import alerts_seen_by
from controlplane.api.fields import Moment, Text
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, NoQuery, StrictSerializer
from controlplane.audit.doors import member_behind, name_of
from controlplane.budgets.raises import Asker


class AlertActionSerializer(StrictSerializer):
    id = Text(read_only=True)
    alert = Text(source="alert_id", read_only=True)
    action = serializers.ChoiceField(source="kind", choices=ActionKind.choices, read_only=True)
    at = Moment(read_only=True)
    by = Text(read_only=True)
    reason = Text(read_only=True)
    ends_at = Moment(read_only=True, allow_null=True)
    ended_at = Moment(read_only=True, allow_null=True, help_text="Taken back before its end.")
    ended_by = Text(read_only=True)
    error = Text(read_only=True, help_text="Of a rule: why nothing was done.")
    customer = Text(source="customer_id", read_only=True, allow_null=True)
    virtual_key = Text(source="virtual_key_id", read_only=True, allow_null=True)
    budget = Text(source="budget_id", read_only=True, allow_null=True)
    limit_change = Text(source="limit_change_id", read_only=True)
    raise_request = Text(source="raise_request_id", read_only=True)


class AlertActionQuery(ListQuery):
    orders = ("at",)
    alert = AnyOf("alert_id")
    customer = AnyOf("customer_id")
    virtual_key = AnyOf("virtual_key_id")
    action = AnyOf("kind", child=serializers.ChoiceField(choices=ActionKind.choices))

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields["order"].default = "-at"
        return fields


class AlertActionView(ResourceView):
    """Something that was done about an alert."""

    resource = Resource.ALERTS
    queryset = AlertAction.objects.all()
    serializer_class = AlertActionSerializer
    query_serializer = AlertActionQuery
    requests = {"end": NoQuery}

    def get_queryset(self) -> QuerySet:
        seen = alerts_seen_by(self.principal).values("pk")
        return super().get_queryset().filter(alert_id__in=seen)

    def end(self, request: Request, id: str) -> Response:
        """Takes it back before its end."""
        action = self.get_object()
        self.read(request)
        by = Asker(name_of(request.user), member_behind(request.user))
        return self.answer(end_action(action, by=by))
