"""The forms of customers and teams."""

from typing import Any

from django import forms
from django.db import models

from controlplane.accounts import services
from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Principal, visible
from controlplane.dashboard.forms import PageForm
from controlplane.pair_fields import Pairs

CUSTOMER_LABELS = {"is_active": "Its keys work"}
CUSTOMER_HELP = {
    "currency": "ISO 4217, as in EUR. Statements are billed in it; books are in USD.",
    "timezone": "An IANA name, as in Europe/Berlin: its days and months.",
    "is_active": "Without it, every key of the customer is refused within a second.",
}
METADATA = "name: value, one a line."


class CustomerForm(PageForm):
    """What is said of a customer; its id never changes."""

    instance: Customer
    metadata = Pairs(help_text=METADATA)

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ("name", "currency", "timezone", "is_active", "metadata")
        labels = CUSTOMER_LABELS
        help_texts = CUSTOMER_HELP

    def __init__(self, *args: Any, viewer: Principal | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.principal = viewer

    def alter(self, fields: dict[str, Any]) -> models.Model:
        return services.update_customer(self.instance, **fields)


class NewCustomerForm(CustomerForm):
    class Meta(CustomerForm.Meta):
        fields = ("id", "name", "currency", "timezone", "metadata")

    def add(self, fields: dict[str, Any]) -> models.Model:
        return services.create_customer(**fields)


class TeamForm(PageForm):
    """What is said of a team; its id and its customer never change."""

    instance: Team
    metadata = Pairs(help_text=METADATA)

    class Meta:
        model = Team
        fields: tuple[str, ...] = ("name", "metadata")

    def __init__(self, *args: Any, viewer: Principal | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.principal = viewer

    def alter(self, fields: dict[str, Any]) -> models.Model:
        return services.update_team(self.instance, **fields)


class NewTeamForm(TeamForm):
    class Meta(TeamForm.Meta):
        fields = ("id", "customer", "name", "metadata")

    def __init__(self, *args: Any, viewer: Principal | None, **options: Any) -> None:
        super().__init__(*args, viewer=viewer, **options)
        choice = self.fields["customer"]
        assert isinstance(choice, forms.ModelChoiceField), "a team has a customer"
        choice.queryset = visible(Customer.objects.order_by("id"), viewer)
        if viewer is not None and viewer.is_bound:
            self.initial.setdefault("customer", viewer.customer_id)

    def add(self, fields: dict[str, Any]) -> models.Model:
        return services.create_team(**fields)
