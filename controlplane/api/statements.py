"""`/api/v1/statements`: what customers are billed for a month, and what is corrected after."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.fields import Moment, Reference, Text, Usd
from controlplane.api.resources import ResourceView
from controlplane.api.schema import READ_REFUSALS
from controlplane.api.serializers import AnyOf, ListQuery, StrictSerializer
from controlplane.audit.doors import name_of
from controlplane.statements import services
from controlplane.statements.models import (
    REASON_LENGTH_MAX,
    AdjustmentKind,
    Statement,
)
from controlplane.statements.months import Month
from controlplane.statements.pdf import statement_pdf
from controlplane.statements.queries import adjusted_usd


class AdjustmentSerializer(StrictSerializer):
    id = Text(read_only=True)
    kind = serializers.ChoiceField(choices=AdjustmentKind.choices, read_only=True)
    amount_usd = Usd(signed=True, help_text="Positive: the customer owes more.")
    reason = Text(max_length=REASON_LENGTH_MAX)
    created_at = Moment(read_only=True)
    created_by = Text(read_only=True)


class StatementSerializer(StrictSerializer):
    id = Text(read_only=True)
    customer = Reference(Customer.objects.all())
    month = Text(max_length=7, help_text="Such as `2026-10`.")
    starts_at = Moment(read_only=True)
    ends_at = Moment(read_only=True)
    timezone = Text(read_only=True)
    total_usd = Usd(read_only=True)
    adjusted_usd = serializers.SerializerMethodField(help_text="With all adjustments since.")
    currency = Text(read_only=True)
    rate_per_usd = serializers.DecimalField(max_digits=20, decimal_places=10, read_only=True)
    rate_valid_from = serializers.DateField(read_only=True, allow_null=True)
    amount_due = serializers.DecimalField(
        max_digits=24, decimal_places=2, read_only=True, help_text="In the currency."
    )
    content_hash = Text(read_only=True, help_text="SHA-256 of what is frozen.")
    closed_at = Moment(read_only=True)
    closed_by = Text(read_only=True)
    adjustments = AdjustmentSerializer(many=True, read_only=True)

    @extend_schema_field(Usd())
    def get_adjusted_usd(self, statement: Statement) -> str:
        return Usd().to_representation(adjusted_usd(statement))

    def validate_month(self, month: str) -> Month:
        return Month.parse(month)


class WholeStatementSerializer(StatementSerializer):
    content = serializers.DictField(read_only=True, help_text="Every figure of it.")


class StatementQuery(ListQuery):
    orders = ("starts_at", "id")
    customer = AnyOf("customer_id")
    month = AnyOf("month")

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields["order"].default = "-starts_at"
        return fields


class StatementView(ResourceView):
    """What a customer is billed for a month; frozen when the month is closed."""

    resource = Resource.STATEMENTS
    queryset = Statement.objects.prefetch_related("adjustments")
    serializer_class = StatementSerializer
    query_serializer = StatementQuery
    requests = {"adjust": AdjustmentSerializer}
    answers = {"retrieve": WholeStatementSerializer}

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if self.action == "retrieve" else rows.defer("content")

    def retrieve(self, request: Request, id: str) -> Response:
        return Response(WholeStatementSerializer(self.get_object()).data)

    def add(self, fields: dict[str, Any]) -> Statement:
        return services.close_month(by=name_of(self.request.user), **fields)

    def adjust(self, request: Request, id: str) -> Response:
        """Corrects a closed month by an amount, for a reason."""
        statement = self.get_object()
        by = name_of(request.user)
        services.add_adjustment(statement=statement, by=by, **self.read(request))
        return self.answer(statement, status=201)

    @extend_schema(
        responses={
            (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY),
            **dict.fromkeys((*READ_REFUSALS, 404), ErrorEnvelopeSerializer),
        },
    )
    def pdf(self, request: Request, id: str) -> HttpResponse:
        """The statement as a PDF."""
        statement = self.get_object()
        headers = {"Content-Disposition": f'attachment; filename="{statement.id}.pdf"'}
        return HttpResponse(statement_pdf(statement), "application/pdf", headers=headers)
