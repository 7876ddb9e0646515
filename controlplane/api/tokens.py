"""`/api/v1/tokens`: programs' access to this API, for administrators."""

from dataclasses import replace
from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts import services
from controlplane.accounts.models import ApiToken, Member, Role
from controlplane.accounts.permissions import (
    Principal,
    Resource,
    may_grant,
    principal_of_token,
    scope_of,
)
from controlplane.api.fields import Flag, Moment, Slug, Text
from controlplane.api.grants import GrantSerializer
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, NoQuery


class TokenSerializer(GrantSerializer):
    fixed = ("id", "role", "customer", "team", "scope", "read_only")
    id = Slug(required=False)
    name = Text(max_length=200)
    scope = serializers.ListField(
        child=serializers.ChoiceField(choices=[each.value for each in Resource]),
        default=list,
        max_length=len(Resource),
        help_text="Resources that the role is narrowed to; an empty list does not narrow it.",
    )
    read_only = Flag(
        source="is_read_only", default=False, help_text="The token changes nothing at all."
    )
    expires_at = Moment(allow_null=True, default=None)
    issued_by = Text(
        source="issued_by.username",
        read_only=True,
        allow_null=True,
        help_text="The member who answers for it: it works while that member might issue it.",
    )
    created_at = Moment(read_only=True)
    revoked_at = Moment(read_only=True, allow_null=True)
    last_used_at = Moment(read_only=True, allow_null=True)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        """What a token may do never changes; so there is nothing more to grant."""
        return fields if self.instance is not None else super().validate(fields)

    def granted(self, fields: dict[str, Any]) -> Principal:
        narrow = {"scope": scope_of(fields["scope"]), "is_read_only": fields["is_read_only"]}
        return replace(super().granted(fields), **narrow)


class IssuedTokenSerializer(TokenSerializer):
    secret = Text(read_only=True, help_text="Shown in this answer and never again.")


class TokenQuery(ListQuery):
    customer = AnyOf("customer_id")
    team = AnyOf("team_id")
    role = AnyOf("role", child=serializers.ChoiceField(choices=Role.choices))


class TokenView(ResourceView):
    """A program's access to this API."""

    resource = Resource.TOKENS
    queryset = ApiToken.objects.select_related("issued_by")
    serializer_class = TokenSerializer
    query_serializer = TokenQuery
    moving = frozenset({"last_used_at"})
    requests = {"revoke": NoQuery}
    answers = {"create": IssuedTokenSerializer}

    def create(self, request: Request) -> Response:
        fields = {**self.read(request), "issued_by": answerable(request.user)}
        token, secret = services.issue_token(**fields)
        return self.answer(token, status=201, secret=secret)

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, id: str) -> Response:
        """Ends the token at once and for good."""
        token = self.get_object()
        self.read(request)
        return self.answer(services.revoke_token(token))

    def change(self, row: ApiToken, changes: dict[str, Any]) -> ApiToken:
        if not may_grant(self.principal, principal_of_token(row)):
            raise PermissionDenied("This token may do more than you.")
        return services.update_token(row, **changes)

    def remove(self, row: ApiToken) -> None:
        services.delete_token(row)


def answerable(user: Any) -> Member | None:
    """Who answers for what a member issues, or a token that a member issued."""
    return user.issued_by if isinstance(user, ApiToken) else user
