"""`/api/v1/usage/{request_id}/content`: what was asked and answered, where the key stores it."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from controlplane.accounts.permissions import Resource, principal_of
from controlplane.api.errors import ErrorEnvelopeSerializer
from controlplane.api.fields import Moment
from controlplane.api.serializers import NoQuery
from controlplane.content.queries import find_content, opened
from controlplane.usage.queries import REQUEST_ID_LENGTH_MAX
from controlplane.validators import is_storable


class UsageContentSerializer(serializers.Serializer):
    """The bodies of one request and its answer; of a stream, the events."""

    request_id = serializers.CharField(source="stored.request_id")
    at = Moment(source="stored.at")
    customer = serializers.CharField(source="stored.customer_id")
    virtual_key = serializers.CharField(source="stored.virtual_key_id")
    request = serializers.CharField()
    answer = serializers.CharField()
    is_cut = serializers.BooleanField(
        source="stored.is_cut", help_text="One of them was longer than is kept."
    )


class UsageContentView(ViewSet):
    """Content, for administrators and engineers."""

    resource = Resource.CONTENT

    @extend_schema(
        operation_id="usage_content",
        parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH)],
        responses={
            200: UsageContentSerializer,
            **dict.fromkeys((400, 401, 403, 404, 409), ErrorEnvelopeSerializer),
        },
    )
    def retrieve(self, request: Request, id: str) -> Response:
        """What was asked and answered."""
        NoQuery(data=request.query_params).is_valid(raise_exception=True)
        known = len(id) <= REQUEST_ID_LENGTH_MAX and is_storable(id)
        stored = find_content(id, principal_of(request.user)) if known else None
        if stored is None:
            raise NotFound("There is no content of such a request.")
        return Response(UsageContentSerializer(opened(stored)).data)
