"""`/api/v1/members`: the people who sign in, for administrators."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.validators import RegexValidator
from django.db.models import Exists, OuterRef
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts import members
from controlplane.accounts.models import Member, Role
from controlplane.accounts.permissions import Resource, may_grant, principal_of_member
from controlplane.api.fields import Flag, Moment, Text
from controlplane.api.grants import GrantSerializer
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, IsTrue, ListQuery, NoQuery

NAME_LENGTH_MAX = 150
NAME = RegexValidator(
    r"^[A-Za-z0-9_][A-Za-z0-9_.@+-]*\Z", "A name holds letters, digits, '@', '.', '+', '-' and '_'."
)
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


@extend_schema_field(OpenApiTypes.STR)
class Email(serializers.EmailField):
    """An address; which texts are one is more than a schema can say."""


class MemberSerializer(GrantSerializer):
    fixed = ("id",)
    id = Text(
        source="username",
        max_length=NAME_LENGTH_MAX,
        validators=[NAME],
        help_text="What the member signs in as. It never changes.",
    )
    first_name = Text(max_length=NAME_LENGTH_MAX, allow_blank=True, default="")
    last_name = Text(max_length=NAME_LENGTH_MAX, allow_blank=True, default="")
    email = Email(max_length=254, allow_blank=True, default="")
    is_active = Flag(default=True, help_text="Deactivated, a member is signed out everywhere.")
    is_staff = Flag(default=True, help_text="May use `/admin/`, as far as the role goes.")
    second_factor = Flag(source="has_second_factor", read_only=True)
    last_login = Moment(read_only=True, allow_null=True)
    created_at = Moment(source="date_joined", read_only=True)


class InvitedMemberSerializer(MemberSerializer):
    invitation_url = Text(
        read_only=True,
        help_text="Where the member sets a password, once. Shown in this answer and never again.",
    )
    invitation_expires_at = Moment(read_only=True)


class MemberQuery(ListQuery):
    customer = AnyOf("customer_id")
    team = AnyOf("team_id")
    role = AnyOf("role", child=serializers.ChoiceField(choices=Role.choices))
    is_active = IsTrue()


class MemberView(ResourceView):
    """A person who signs in."""

    resource = Resource.MEMBERS
    id_column = "username"
    queryset = Member.objects.annotate(
        has_second_factor=Exists(
            Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS)
        )
    )
    serializer_class = MemberSerializer
    query_serializer = MemberQuery
    moving = frozenset({"last_login"})
    requests = {"invite": NoQuery, "reset_second_factor": NoQuery, "end_sessions": NoQuery}
    answers = {"create": InvitedMemberSerializer, "invite": InvitedMemberSerializer}

    def create(self, request: Request) -> Response:
        """The answer has a link, where the member sets a password."""
        return self._invited(members.create_member(**self.read(request)), status=201)

    @action(detail=True, methods=["post"])
    def invite(self, request: Request, id: str) -> Response:
        """A new link, for whoever lost the first one or forgot the password."""
        return self._invited(self._within_reach(request), status=200)

    @action(detail=True, methods=["post"], url_path="reset-second-factor")
    def reset_second_factor(self, request: Request, id: str) -> Response:
        """For whoever lost it. Ends the member's sessions, too."""
        return self.answer(members.reset_second_factor(self._within_reach(request)))

    @action(detail=True, methods=["post"], url_path="end-sessions")
    def end_sessions(self, request: Request, id: str) -> Response:
        """Signs the member out everywhere."""
        return self.answer(members.end_sessions(self._within_reach(request)))

    def get_unchanged(self, request: Request) -> Member:
        return self._governed(super().get_unchanged(request))

    def change(self, row: Member, changes: dict[str, Any]) -> Member:
        return members.update_member(row, **changes)

    def remove(self, row: Member) -> None:
        members.delete_member(row)

    def _within_reach(self, request: Request) -> Member:
        member = self._governed(self.get_object())
        self.read(request)
        return member

    def _governed(self, member: Member) -> Member:
        """Whoever could let somebody in as this member must not gain by it."""
        if not may_grant(self.principal, principal_of_member(member)):
            raise PermissionDenied("This member may do more than you.")
        return member

    def _invited(self, member: Member, *, status: int) -> Response:
        invitation = members.invite_member(member)
        link = {
            "invitation_url": self.request.build_absolute_uri(invitation.path),
            "invitation_expires_at": Moment().to_representation(invitation.expires_at),
        }
        return self.answer(member, status=status, **link)
