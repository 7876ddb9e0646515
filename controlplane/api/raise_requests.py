"""`/api/v1/raise-requests`: steps up that somebody asks for, and somebody else decides on."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource, visible
from controlplane.api.fields import Moment, Slug, Text, Usd
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, NoQuery, StrictSerializer
from controlplane.audit.doors import member_behind, name_of
from controlplane.budgets import raises
from controlplane.budgets.models import REASON_LENGTH_MAX, RaiseRequest, RaiseState
from controlplane.budgets.queries import budgets_in_force
from controlplane.budgets.raises import Asker


class RaiseRequestSerializer(StrictSerializer):
    id = Text(read_only=True)
    budget = Slug(source="budget_id")
    amount_usd = Usd(required=False, help_text="By default the step of the budget's policy.")
    reason = Text(max_length=REASON_LENGTH_MAX)
    state = serializers.ChoiceField(choices=RaiseState.choices, read_only=True)
    requested_at = Moment(read_only=True)
    requested_by = Text(read_only=True)
    expires_at = Moment(read_only=True, help_text="Not decided by then, it is declined.")
    decided_at = Moment(read_only=True, allow_null=True)
    decided_by = Text(read_only=True)
    note = Text(read_only=True)
    limit_change = Text(source="limit_change_id", read_only=True, allow_null=True)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        id = fields.pop("budget_id")
        found = visible(budgets_in_force(), self.context["principal"]).filter(pk=id).first()
        if found is None:
            raise ValidationError({"budget": ["There is no such budget."]})
        return {**fields, "budget": found}


class DecisionSerializer(StrictSerializer):
    note = Text(default="", allow_blank=True, max_length=REASON_LENGTH_MAX, help_text="Why.")


class RaiseRequestQuery(ListQuery):
    orders = ("requested_at", "expires_at")
    budget = AnyOf("budget_id")
    state = AnyOf("state", child=serializers.ChoiceField(choices=RaiseState.choices))

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields["order"].default = "-requested_at"
        return fields


class RaiseRequestView(ResourceView):
    """More of a budget, asked for within its policy, until its window ends."""

    resource = Resource.RAISE_REQUESTS
    queryset = RaiseRequest.objects.select_related("budget")
    serializer_class = RaiseRequestSerializer
    query_serializer = RaiseRequestQuery
    requests = {
        "approve": DecisionSerializer,
        "decline": DecisionSerializer,
        "withdraw": NoQuery,
    }

    def add(self, fields: dict[str, Any]) -> RaiseRequest:
        return raises.request_raise(by=self._asker(), **fields)

    def approve(self, request: Request, id: str) -> Response:
        """Raises the limit until its window ends. Nobody approves what they asked for."""
        return self._decide(request, raises.approve_raise)

    def decline(self, request: Request, id: str) -> Response:
        """Leaves the limit as it is."""
        return self._decide(request, raises.decline_raise)

    def withdraw(self, request: Request, id: str) -> Response:
        """Takes it back before it is decided on."""
        asked = self.get_object()
        self.read(request)
        return self.answer(raises.withdraw_raise(asked, by=self._asker()))

    def _decide(self, request: Request, decide: Callable[..., RaiseRequest]) -> Response:
        asked, note = self.get_object(), self.read(request)["note"]
        decided = decide(asked, by=self._asker(), principal=self.principal, note=note)
        return self.answer(decided)

    def _asker(self) -> Asker:
        user = self.request.user
        return Asker(name_of(user), member_behind(user))
