"""Customers, teams, members and API tokens in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm

from controlplane.accounts import services
from controlplane.accounts.forms import CustomerForm, MemberForm, NewMemberForm, TeamForm, TokenForm
from controlplane.accounts.models import ApiToken, Customer, Member, Team
from controlplane.accounts.permissions import Resource
from controlplane.administration import GovernedAdmin, SecretOnceAdmin

admin.site.unregister(Group)  # roles say what members may do

DESCRIPTION = ("Description", {"fields": ("metadata", "created_at", "updated_at")})
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
class MemberAdmin(GovernedAdmin, UserAdmin):  # type: ignore[misc]
    """Members are deactivated rather than deleted: the history names them."""

    resource = Resource.MEMBERS
    form = MemberForm
    add_form = NewMemberForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "role", "customer", "state", "last_login")
    list_filter = ("role", "is_active", ("customer", AutocompleteSelectFilter))
    list_select_related = ("customer",)
    search_fields = ("username", "email", "first_name", "last_name")
    autocomplete_fields = ("customer",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": (("username", "password"), ("first_name", "last_name"), "email")}),
        ("Access", {"fields": ("role", "customer", ("is_staff", "is_active"))}),
        ("History", {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", ("password1", "password2"), "email")}),
        ("Access", {"fields": ("role", "customer", "is_staff")}),
    )

    @display(description="state", ordering="is_active", label=STATES)
    def state(self, member: Member) -> str:
        return "active" if member.is_active else "inactive"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(SecretOnceAdmin):
    resource = Resource.TOKENS
    form = TokenForm
    fixed = ("id", "role", "customer")
    list_display = ("id", "name", "role", "customer", "state", "expires_at", "last_used_at")
    list_filter = ("role", ("customer", AutocompleteSelectFilter))
    list_select_related = ("customer",)
    search_fields = ("id", "name")
    autocomplete_fields = ("customer",)
    readonly_fields = ("created_at", "last_used_at", "revoked_at")
    actions_detail = ("revoke",)
    fieldsets = (
        (None, {"fields": (("id", "name"), ("role", "customer"), "expires_at")}),
        ("History", {"fields": (("created_at", "last_used_at", "revoked_at"),)}),
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
