"""`/api/v1/customers/{id}/erase`, `…/export` and `/api/v1/erasures`: what is held of a customer."""

import re
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource, principal_of, visible
from controlplane.api.acting import name_actor
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.fields import Moment, Text
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, NoQuery, StrictSerializer
from controlplane.audit.doors import name_of
from controlplane.privacy import services
from controlplane.privacy.export import customer_archive
from controlplane.privacy.models import Erasure
from controlplane.streaming import file_response
from controlplane.validators import is_storable

NUMBER = re.compile(r"[0-9]{1,18}")
CUSTOMER = OpenApiParameter("id", str, OpenApiParameter.PATH)
REFUSALS = dict.fromkeys((400, 401, 403, 404), ErrorEnvelopeSerializer)


class ConfirmationSerializer(StrictSerializer):
    confirm = Text(max_length=300, help_text="The customer's id once more: it cannot be undone.")


class ErasureSerializer(StrictSerializer):
    """It is carried out by a task, within minutes; `completed_at` says that it was."""

    id = serializers.IntegerField(read_only=True)
    customer = Text(source="customer_id", read_only=True)
    at = Moment(read_only=True, help_text="What is from before it goes.")
    actor = Text(read_only=True)
    completed_at = Moment(read_only=True, allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)


class ErasureQuery(ListQuery):
    customer = AnyOf("customer_id")


class ErasureView(ResourceView):
    """Who had what erased, and when."""

    resource = Resource.PERSONAL_DATA
    queryset = Erasure.objects.all()
    serializer_class = ErasureSerializer
    query_serializer = ErasureQuery

    def get_object(self) -> Any:
        if NUMBER.fullmatch(self.kwargs["id"]) is None:
            raise NotFound("There is no such erasure.")
        return super().get_object()


class PersonalDataView(ViewSet):
    """What is held of one customer."""

    resource = Resource.PERSONAL_DATA

    @extend_schema(
        operation_id="customers_erase",
        parameters=[CUSTOMER],
        request=ConfirmationSerializer,
        responses={
            202: ErasureSerializer,
            **REFUSALS,
            **dict.fromkeys((413, 415), ErrorEnvelopeSerializer),
        },
    )
    def erase(self, request: Request, id: str) -> Response:
        """Has content, metadata, names and people erased; amounts, counts, times and ids stay."""
        name_actor(request)
        customer = self._customer(request, id)
        asked = ConfirmationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        erasure = services.request_erasure(
            customer=customer, confirm=asked.validated_data["confirm"], actor=name_of(request.user)
        )
        return Response(ErasureSerializer(erasure).data, status=202)

    @extend_schema(
        operation_id="customers_export",
        parameters=[CUSTOMER],
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY),
            **REFUSALS,
        },
    )
    def export(self, request: Request, id: str) -> StreamingHttpResponse:
        """A ZIP archive of all that is held, as JSON lines."""
        customer = self._customer(request, id)
        chunks = customer_archive(customer.id)
        return file_response(chunks, name=f"{customer.id}.zip", content_type="application/zip")

    def _customer(self, request: Request, id: str) -> Customer:
        NoQuery(data=request.query_params).is_valid(raise_exception=True)
        rows: Any = visible(Customer.objects.all(), principal_of(request.user))
        customer = rows.filter(pk=id).first() if is_storable(id) else None
        if customer is None:
            raise NotFound("There is no such customer.")
        return customer
