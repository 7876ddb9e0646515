"""The forms of customers, teams, members and tokens; what they take goes to the services."""

from dataclasses import replace
from typing import Any

from django import forms
from django.db import models
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from controlplane.accounts import members, services
from controlplane.accounts.models import Member, Role
from controlplane.accounts.permissions import (
    GRANTED,
    TOO_MUCH,
    Principal,
    Resource,
    scope_of,
    too_much_to_grant,
)
from controlplane.service_forms import ServiceForm

MADE_UP = "Made up if it is left empty. It never changes."


class NamedForm(ServiceForm):
    """A form of something whose id may be made up."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "id" in self.fields:
            self.fields["id"].required = False
            self.fields["id"].help_text = MADE_UP


class GrantForm(ServiceForm):
    """A form that grants access, perhaps to one customer or team alone."""

    def granted(self, fields: dict[str, Any]) -> Principal:
        customer, team = fields["customer"], fields["team"]
        return Principal(
            Role(fields["role"]), customer and customer.pk, "granted", team and team.pk
        )

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        stored = {name: getattr(self.instance, name) for name in GRANTED}
        if "role" in stored | fields and not self.errors:
            field = too_much_to_grant(self.principal, self.granted(stored | fields))
            if field is not None:
                self.add_error(field if field in self.fields else None, TOO_MUCH[field])
        return fields


class CustomerForm(NamedForm):
    def write(self, fields: dict[str, Any]) -> models.Model:
        if self.is_new:
            return services.create_customer(**fields)
        return services.update_customer(self.instance, **fields)


class TeamForm(NamedForm):
    def write(self, fields: dict[str, Any]) -> models.Model:
        if self.is_new:
            return services.create_team(**fields)
        return services.update_team(self.instance, **fields)


class TokenForm(NamedForm, GrantForm):
    scope = forms.MultipleChoiceField(
        choices=[(each.value, each.value) for each in Resource],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Resources that the role is narrowed to; none does not narrow it.",
    )

    def granted(self, fields: dict[str, Any]) -> Principal:
        narrow = {"scope": scope_of(fields["scope"]), "is_read_only": fields["is_read_only"]}
        return replace(super().granted(fields), **narrow)

    def clean(self) -> dict[str, Any]:
        """What a token may do never changes; so there is nothing more to grant."""
        return super().clean() if self.is_new else self.cleaned_data

    def write(self, fields: dict[str, Any]) -> models.Model:
        if not self.is_new:
            return services.update_token(self.instance, **fields)
        token, self.issued_secret = services.issue_token(**fields, issued_by=self.member)
        return token


class NewMemberForm(GrantForm, UserCreationForm):
    class Meta:
        model = Member
        fields = ("username", "email", "role", "customer", "team", "is_staff")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["is_staff"].initial = True

    def write(self, fields: dict[str, Any]) -> models.Model:
        known = members.MemberFields.__annotations__
        columns = {name: value for name, value in fields.items() if name in known}
        return members.create_member(
            username=fields["username"], password=fields["password1"], **columns
        )


class MemberForm(GrantForm, UserChangeForm):
    def write(self, fields: dict[str, Any]) -> models.Model:
        return members.update_member(self.instance, **fields)
