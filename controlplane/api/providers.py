"""`/api/v1/providers`: vendors we have an account at. A credential goes in and never comes out."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Flag, Text
from controlplane.api.provider_health import ProviderHealthSerializer
from controlplane.api.provider_test import (
    ProviderTestReportSerializer,
    ProviderTestSerializer,
)
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, DescribedSerializer, IsTrue, ListQuery
from controlplane.catalog import services
from controlplane.catalog.health import health_of
from controlplane.catalog.models import Provider
from controlplane.catalog.probe import look_at
from dataplane.contract.provider_names import KINDS

# Where the installation's accounts are is not the business of any one customer.
HIDDEN_FROM_CUSTOMERS = {
    "base_url": "",
    "region": "",
    "project": "",
    "auth_header": "",
    "extra_headers": {},
    "extra_query": {},
    "metadata": {},
}


class ProviderSerializer(DescribedSerializer):
    fixed = ("id",)
    kind = serializers.ChoiceField(choices=KINDS)
    base_url = Text(
        default="", allow_blank=True, max_length=500, help_text="Replaces the kind's own address."
    )
    region = Text(default="", allow_blank=True, max_length=64)
    project = Text(default="", allow_blank=True, max_length=200)
    auth_header = Text(
        default="",
        allow_blank=True,
        max_length=64,
        help_text="Header that carries the API key, where it is not the kind's own.",
    )
    extra_headers = serializers.DictField(child=Text(allow_blank=True), default=dict)
    extra_query = serializers.DictField(child=Text(allow_blank=True), default=dict)
    price_list = Text(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="Vendor whose listings and prices apply; told from URL, id and kind if empty.",
    )
    credential = serializers.DictField(
        write_only=True,
        required=False,
        allow_null=True,
        help_text=(
            "`{api_key}`; Bedrock: also `{access_key_id, secret_access_key, session_token?}` or "
            "`{profile}`; Vertex: `{service_account: {…}}` or `{workload_identity: {…}}`; `{}` for "
            "the environment's. Several: `{credentials: [{…, weight?}, …]}`. Null removes it."
        ),
    )
    has_credential = serializers.SerializerMethodField()
    credentials_count = serializers.IntegerField(read_only=True, min_value=0)
    health = serializers.SerializerMethodField()
    is_active = Flag(default=True)
    moving = frozenset({"health"})

    @extend_schema_field(ProviderHealthSerializer)
    def get_health(self, provider: Provider) -> dict[str, Any]:
        return ProviderHealthSerializer(self.context["health"][provider.id]).data

    def get_has_credential(self, provider: Provider) -> bool:
        return provider.credential_sealed is not None

    def to_representation(self, provider: Provider) -> dict[str, Any]:
        shown = super().to_representation(provider)
        if not self.context["principal"].is_bound:
            return shown
        health = {**shown["health"], "deployments": []}
        return {**shown, **HIDDEN_FROM_CUSTOMERS, "health": health}


class ProviderQuery(ListQuery):
    kind = AnyOf("kind", child=serializers.ChoiceField(choices=KINDS))
    is_active = IsTrue()


class ProviderView(ResourceView):
    """A vendor's API that we have an account at."""

    resource = Resource.PROVIDERS
    queryset = Provider.objects.all()
    serializer_class = ProviderSerializer
    query_serializer = ProviderQuery
    moving = ProviderSerializer.moving
    requests = {"test": ProviderTestSerializer}
    answers = {"test": ProviderTestReportSerializer}

    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:
        """Lists its models and makes the shortest call there is, with the stored credential."""
        provider = self.get_object()
        return Response(look_at(provider, **self.read(request)))

    def context_for(self, rows: Sequence[Provider]) -> dict[str, Any]:
        return {"health": health_of([provider.id for provider in rows])}

    def add(self, fields: dict[str, Any]) -> Provider:
        return services.create_provider(**fields)

    def change(self, row: Provider, changes: dict[str, Any]) -> Provider:
        return services.update_provider(row, **changes)

    def remove(self, row: Provider) -> None:
        services.delete_provider(row)
