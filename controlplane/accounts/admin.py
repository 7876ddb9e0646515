"""Customers, teams, members and API tokens in the admin."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm

from controlplane.accounts import members, permissions, services
from controlplane.accounts.forms import CustomerForm, MemberForm, NewMemberForm, TeamForm, TokenForm
from controlplane.accounts.models import ApiToken, Customer, Member, Team
from controlplane.accounts.permissions import Resource, principal_of_member
from controlplane.administration import GovernedAdmin, SecretOnceAdmin, SecretPage

# Roles say what members may do; how they sign in is set up in the environment and by themselves.
for foreign in (Group, Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(foreign)

DESCRIPTION = ("Description", {"fields": ("metadata", "created_at", "updated_at")})
INVITATION = (
    "A link is made and shown once. Whoever has it sets the member's password, within three days."
)
STATES = {"active": "success", "inactive": "danger", "expired": "warning", "revoked": "danger"}


@admin.register(Customer)
class CustomerAdmin(GovernedAdmin):
    resource = Resource.CUSTOMERS
    form = CustomerForm
    fixed = ("id",)
    list_display = ("id", "name", "currency", "timezone", "state", "created_at")
    list_filter = ("is_active", "currency", ("created_at", RangeDateTimeFilter))
    search_fields = ("id", "name")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("id", "name"), ("currency", "timezone"), "is_active")}),
        DESCRIPTION,
    )

    @display(description="state", ordering="is_active", label=STATES)
    def state(self, customer: Customer) -> str:
        return "active" if customer.is_active else "inactive"

    def remove(self, row: Customer) -> None:
        services.delete_customer(row)


@admin.register(Team)
class TeamAdmin(GovernedAdmin):
    resource = Resource.TEAMS
    form = TeamForm
    fixed = ("id", "customer")
    list_display = ("id", "name", "customer", "created_at")
    list_filter = (("customer", AutocompleteSelectFilter),)
    list_select_related = ("customer",)
    search_fields = ("id", "name", "customer__id", "customer__name")
    autocomplete_fields = ("customer",)
    readonly_fields = ("created_at", "updated_at")
    fieldsets = ((None, {"fields": (("id", "name"), "customer")}), DESCRIPTION)

    def remove(self, row: Team) -> None:
        services.delete_team(row)


@admin.register(Member)
class MemberAdmin(SecretPage, UserAdmin):  # type: ignore[misc]
    resource = Resource.MEMBERS
    form = MemberForm
    add_form = NewMemberForm
    fixed = ("username",)
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "role", "customer", "team", "state", "last_login")
    list_filter = ("role", "is_active", ("customer", AutocompleteSelectFilter))
    list_select_related = ("customer", "team")
    search_fields = ("username", "email", "first_name", "last_name")
    autocomplete_fields = ("customer", "team")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    actions_detail = ("invite", "reset_second_factor", "end_sessions")
    fieldsets = (
        (None, {"fields": (("username", "password"), ("first_name", "last_name"), "email")}),
        ("Access", {"fields": ("role", ("customer", "team"), ("is_staff", "is_active"))}),
        ("History", {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", ("password1", "password2"), "email")}),
        ("Access", {"fields": ("role", ("customer", "team"), "is_staff")}),
    )

    @display(description="state", ordering="is_active", label=STATES)
    def state(self, member: Member) -> str:
        return "active" if member.is_active else "inactive"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever could let somebody in as this member must not gain by it."""
        if not super().has_change_permission(request, obj):
            return False
        principal = permissions.principal_of(request.user)
        # Before there is a row, unfold asks with its id.
        is_row = isinstance(obj, Member)
        return not is_row or permissions.may_grant(principal, principal_of_member(obj))

    @action(description="Invite", url_path="invite", icon="mail", permissions=["change"])
    def invite(self, request: HttpRequest, object_id: str) -> HttpResponse:
        member = self._governed(request, object_id)
        if request.method != "POST":
            return self.question(request, member, effect=INVITATION, verb="Invite")
        link = request.build_absolute_uri(members.invite_member(member).path)
        return self.secret_page(request, member, link, title=f"Invitation of {member}")

    @action(
        description="Forget second factor",
        url_path="forget-second-factor",
        icon="phonelink_off",
        permissions=["change"],
    )
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        self._governed(request, object_id)
        return self.confirmed(
            request,
            object_id,
            effect="The next sign-in needs no second factor. The member is signed out everywhere.",
            verb="Forget second factor",
            act=members.reset_second_factor,
        )

    @action(description="Sign out", url_path="sign-out", icon="logout", permissions=["change"])
    def end_sessions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        self._governed(request, object_id)
        return self.confirmed(
            request,
            object_id,
            effect="The member is signed out everywhere.",
            verb="Sign out",
            act=members.end_sessions,
        )

    def remove(self, row: Member) -> None:
        members.delete_member(row)

    def _governed(self, request: HttpRequest, object_id: str) -> Member:
        member = get_object_or_404(self.get_queryset(request), pk=unquote(object_id))
        if not self.has_change_permission(request, member):
            raise PermissionDenied
        return member


@admin.register(ApiToken)
class ApiTokenAdmin(SecretOnceAdmin):
    resource = Resource.TOKENS
    form = TokenForm
    fixed = ("id", "role", "customer", "team", "scope", "is_read_only")
    list_display = ("id", "name", "role", "customer", "state", "expires_at", "last_used_at")
    list_filter = ("role", ("customer", AutocompleteSelectFilter))
    list_select_related = ("customer",)
    search_fields = ("id", "name")
    autocomplete_fields = ("customer", "team")
    readonly_fields = ("issued_by", "created_at", "last_used_at", "revoked_at")
    actions_detail = ("revoke",)
    fieldsets = (
        (None, {"fields": (("id", "name"), "role", ("customer", "team"), "expires_at")}),
        ("Narrower than the role", {"fields": ("is_read_only", "scope")}),
        ("History", {"fields": (("issued_by", "created_at"), ("last_used_at", "revoked_at"))}),
    )

    @display(description="state", label=STATES)
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return "revoked"
        is_expired = token.expires_at is not None and token.expires_at <= timezone.now()
        return "expired" if is_expired else "active"

    @action(description="Revoke", url_path="revoke", icon="block", permissions=["change"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirmed(
            request,
            object_id,
            effect="The token stops working at once and for good.",
            verb="Revoke",
            act=services.revoke_token,
        )

    def remove(self, row: ApiToken) -> None:
        services.delete_token(row)
