"""`/api/v1/limit-changes`: what is added to a budget's limit for a time, or taken from it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone as clock
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource, visible
from controlplane.api.fields import Moment, Slug, Text, Usd
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, IsTrue, ListQuery, NoQuery, StrictSerializer
from controlplane.audit.doors import name_of
from controlplane.budgets import limit_changes
from controlplane.budgets.models import REASON_LENGTH_MAX, Budget, ChangeKind, LimitChange
from controlplane.budgets.queries import budgets_in_force, changes_in_force


class LimitChangeSerializer(StrictSerializer):
    id = Text(read_only=True)
    budget = Slug(source="budget_id")
    amount_usd = Usd(signed=True, help_text="Added to the limit; negative: taken from it.")
    lender = Slug(
        source="lender_id",
        required=False,
        allow_null=True,
        help_text="Another budget of the same customer, whose limit is lowered by the same.",
    )
    ends_at = Moment(
        required=False,
        allow_null=True,
        help_text="By default the end of the budget's window. A rolling window needs one; null "
        "of a lifetime budget: until it is undone.",
    )
    reason = Text(max_length=REASON_LENGTH_MAX)
    kind = serializers.ChoiceField(choices=ChangeKind.choices, read_only=True)
    counterpart = Text(source="counterpart_id", read_only=True, allow_null=True)
    starts_at = Moment(read_only=True)
    created_at = Moment(read_only=True)
    created_by = Text(read_only=True)
    undone_at = Moment(read_only=True, allow_null=True)
    undone_by = Text(read_only=True)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        fields["budget"] = self._budget(fields.pop("budget_id"), "budget")
        if (lender := fields.pop("lender_id", None)) is not None:
            fields["lender"] = self._budget(lender, "lender")
        return fields

    def _budget(self, id: str, field: str) -> Budget:
        found = visible(budgets_in_force(), self.context["principal"]).filter(pk=id).first()
        if found is None:
            raise ValidationError({field: ["There is no such budget."]})
        return found


class LimitChangeQuery(ListQuery):
    orders = ("created_at", "starts_at", "ends_at")
    budget = AnyOf("budget_id")
    kind = AnyOf("kind", child=serializers.ChoiceField(choices=ChangeKind.choices))
    in_force = IsTrue(help_text="Whether it holds now.")

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields["order"].default = "-created_at"
        return fields


class LimitChangeView(ResourceView):
    """A budget's limit raised, lent or lowered until its window ends, or another moment."""

    resource = Resource.LIMIT_CHANGES
    queryset = LimitChange.objects.select_related("counterpart")
    serializer_class = LimitChangeSerializer
    query_serializer = LimitChangeQuery
    requests = {"undo": NoQuery}

    def matching(self, rows: QuerySet, filters: dict[str, Any]) -> QuerySet:
        in_force = filters.pop("in_force", None)
        if in_force is not None:
            now_in_force = Q(pk__in=changes_in_force(clock.now()).values("pk"))
            rows = rows.filter(now_in_force if in_force else ~now_in_force)
        return rows.filter(**filters)

    def add(self, fields: dict[str, Any]) -> LimitChange:
        by = name_of(self.request.user)
        if (lender := fields.pop("lender", None)) is None:
            return limit_changes.change_limit(by=by, **fields)
        borrower = fields.pop("budget")
        return limit_changes.lend(lender=lender, borrower=borrower, by=by, **fields).borrowed

    def undo(self, request: Request, id: str) -> Response:
        """Takes it back before its end, a loan on both sides."""
        change = self.get_object()
        self.read(request)
        return self.answer(limit_changes.undo_limit_change(change, by=name_of(request.user)))
