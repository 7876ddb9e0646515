"""`/api/v1/tokens`: programs' access to this API, for administrators."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts import services
from controlplane.accounts.models import ApiToken, Customer, Role
from controlplane.accounts.permissions import Resource, may_grant
from controlplane.api.fields import Moment, Reference, Slug, Text
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, NoQuery, StrictSerializer


class TokenSerializer(StrictSerializer):
    fixed = ("id", "role", "customer")
    id = Slug(required=False)
    name = Text(max_length=200)
    role = serializers.ChoiceField(choices=Role.choices)
    customer = Reference(
        Customer.objects.all(),
        allow_null=True,
        default=None,
        help_text="A token bound to a customer sees that customer alone.",
    )
    expires_at = Moment(allow_null=True, default=None)
    created_at = Moment(read_only=True)
    revoked_at = Moment(read_only=True, allow_null=True)
    last_used_at = Moment(read_only=True, allow_null=True)

    def validate_customer(self, customer: Customer | None) -> Customer | None:
        if not may_grant(self.context["principal"], customer.id if customer else None):
            raise serializers.ValidationError("Must be your own customer.")
        return customer


class IssuedTokenSerializer(TokenSerializer):
    secret = Text(read_only=True, help_text="Shown in this answer and never again.")


class TokenQuery(ListQuery):
    customer = AnyOf("customer_id")
    role = AnyOf("role", child=serializers.ChoiceField(choices=Role.choices))


class TokenView(ResourceView):
    """A program's access to this API."""

    resource = Resource.TOKENS
    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    query_serializer = TokenQuery
    moving = frozenset({"last_used_at"})
    requests = {"revoke": NoQuery}
    answers = {"create": IssuedTokenSerializer}

    def create(self, request: Request) -> Response:
        token, secret = services.issue_token(**self.read(request))
        return self.answer(token, status=201, secret=secret)

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, id: str) -> Response:
        """Ends the token at once and for good."""
        token = self.get_object()
        self.read(request)
        return self.answer(services.revoke_token(token))

    def change(self, row: ApiToken, changes: dict[str, Any]) -> ApiToken:
        return services.update_token(row, **changes)

    def remove(self, row: ApiToken) -> None:
        services.delete_token(row)
