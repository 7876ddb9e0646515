"""The forms of customers, teams, members and tokens; what they take goes to the services."""

from typing import Any

from django import forms
from django.db import models
from unfold.forms import UserChangeForm, UserCreationForm

from controlplane.accounts import services
from controlplane.accounts.models import Customer, Member
from controlplane.accounts.permissions import may_grant
from controlplane.service_forms import ServiceForm

MADE_UP = "Made up if it is left empty. It never changes."


class NamedForm(ServiceForm):
    """A form of something whose id may be made up."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "id" in self.fields:
            self.fields["id"].required = False
            self.fields["id"].help_text = MADE_UP


class BindingForm(ServiceForm):
    """A form that grants access, perhaps to one customer alone."""

    def clean_customer(self) -> Customer | None:
        customer: Customer | None = self.cleaned_data["customer"]
        if not may_grant(self.principal, customer.id if customer else None):
            raise forms.ValidationError("Must be your own customer.")
        return customer


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


class TokenForm(NamedForm, BindingForm):
    def write(self, fields: dict[str, Any]) -> models.Model:
        if not self.is_new:
            return services.update_token(self.instance, **fields)
        token, self.issued_secret = services.issue_token(**fields)
        return token


class NewMemberForm(BindingForm, UserCreationForm):
    class Meta:
        model = Member
        fields = ("username", "email", "role", "customer", "is_staff")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["is_staff"].initial = True

    def write(self, fields: dict[str, Any]) -> models.Model:
        known = services.MemberFields.__annotations__
        columns = {name: value for name, value in fields.items() if name in known}
        return services.create_member(
            username=fields["username"], password=fields["password1"], **columns
        )


class MemberForm(BindingForm, UserChangeForm):
    def write(self, fields: dict[str, Any]) -> models.Model:
        return services.update_member(self.instance, **fields)
