"""`/api/v1/alerts`: what needs a decision, the newest first."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource
from controlplane.actions.models import MINUTES_MAX, REASON_LENGTH_MAX, ActionKind
from controlplane.actions.services import act_on
from controlplane.alerts import services
from controlplane.alerts.models import NOTE_LENGTH_MAX, VERDICTS, Alert, Kind, Severity, State
from controlplane.alerts.queries import alerts_seen_by
from controlplane.api.fields import Moment, Text, Usd, Whole
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, StrictSerializer
from controlplane.audit.doors import member_behind, name_of
from controlplane.budgets.raises import Asker

SUBJECTS = {
    "customer": "customer_id",
    "team": "team_id",
    "virtual_key": "virtual_key_id",
    "budget": "budget_id",
    "api_token": "api_token_id",
    "provider": "provider_id",
    "model": "model_id",
}


class AlertSerializer(StrictSerializer):
    id = Text(read_only=True)
    kind = serializers.ChoiceField(choices=Kind.choices, read_only=True)
    severity = serializers.ChoiceField(choices=Severity.choices, read_only=True)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    title = Text(read_only=True, help_text="One sentence.")
    cause = Text(read_only=True, help_text="Of one cause at most one alert is open.")
    facts = serializers.DictField(read_only=True, help_text="Depends on the kind; money as text.")
    amount_usd = Usd(read_only=True, allow_null=True, help_text="The money that it is about.")
    opened_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)
    resolved_at = Moment(read_only=True, allow_null=True)
    resolved_by = Text(read_only=True, help_text="Empty where it ended by itself.")
    resolution = Text(read_only=True, help_text="How it ended.")
    feedback = serializers.ChoiceField(choices=VERDICTS, read_only=True, allow_null=True)
    feedback_by = Text(read_only=True)
    feedback_at = Moment(read_only=True, allow_null=True)
    planned_until = Moment(read_only=True, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        subjects = {
            name: Text(source=column, read_only=True, allow_null=True)
            for name, column in SUBJECTS.items()
        }
        return {**super().get_fields(), **subjects}


class ResolutionSerializer(StrictSerializer):
    note = Text(default="", allow_blank=True, max_length=NOTE_LENGTH_MAX, help_text="Why, or how.")


class FeedbackSerializer(StrictSerializer):
    feedback = serializers.ChoiceField(
        choices=VERDICTS, allow_null=True, help_text="Null takes it back."
    )
    until = Moment(
        default=None,
        allow_null=True,
        help_text="Of what was planned: until when the same is no news. A week by default.",
    )


class ActSerializer(StrictSerializer):
    action = serializers.ChoiceField(choices=ActionKind.choices)
    minutes = Whole(min_value=1, max_value=MINUTES_MAX, default=60, help_text="For how long.")
    reason = Text(max_length=REASON_LENGTH_MAX, help_text="Kept.")


class AlertQuery(ListQuery):
    orders = ("opened_at", "updated_at")
    kind = AnyOf("kind", child=serializers.ChoiceField(choices=Kind.choices))
    severity = AnyOf("severity", child=serializers.ChoiceField(choices=Severity.choices))
    state = serializers.ChoiceField(choices=State.choices, required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        subjects = {name: AnyOf(column) for name, column in SUBJECTS.items()}
        fields = {**super().get_fields(), **subjects}
        fields["order"].default = "-opened_at"
        return fields


class AlertView(ResourceView):
    """Something that needs a decision."""

    resource = Resource.ALERTS
    queryset = Alert.objects.all()
    serializer_class = AlertSerializer
    query_serializer = AlertQuery
    requests = {
        "resolve": ResolutionSerializer,
        "feedback": FeedbackSerializer,
        "act": ActSerializer,
    }

    def get_queryset(self) -> QuerySet:
        return alerts_seen_by(self.principal)

    def matching(self, rows: QuerySet, filters: dict[str, Any]) -> QuerySet:
        if state := filters.pop("state", None):
            rows = rows.filter(resolved_at__isnull=state == State.OPEN)
        return rows.filter(**filters)

    def resolve(self, request: Request, id: str) -> Response:
        """Closes it. What goes on being so is not opened again for the same cause."""
        alert = self.get_object()
        note = self.read(request)["note"]
        return self.answer(services.resolve_alert(alert, how=note, by=name_of(request.user)))

    def feedback(self, request: Request, id: str) -> Response:
        """Says whether it was worth it; detectors learn from that."""
        alert = self.get_object()
        by = name_of(request.user)
        return self.answer(services.judge_alert(alert, by=by, **self.read(request)))

    def act(self, request: Request, id: str) -> Response:
        """Limits, pauses or asks for more, for a time; what it did is in `alert-actions`."""
        alert, asked = self.get_object(), self.read(request)
        by = Asker(name_of(request.user), member_behind(request.user))
        act_on(alert, kind=asked.pop("action"), by=by, **asked)
        return self.answer(alert)
