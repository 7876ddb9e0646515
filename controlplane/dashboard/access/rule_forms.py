"""The forms of a customer's metadata rules, on the page of the customer."""

from typing import Any

from django import forms
from django.db import models

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Principal
from controlplane.dashboard.forms import PageForm
from controlplane.form_fields import Lines
from controlplane.metadata_rules import services
from controlplane.metadata_rules.models import MetadataRule
from controlplane.pair_fields import TextPairs

SAID = ("required", "allowed_values", "on_violation", "renames")


class RuleForm(PageForm):
    """What requests have to say under one key; the key never changes."""

    instance: MetadataRule
    allowed_values = Lines(help_text="One a line. Empty: any value.")
    renames = TextPairs(help_text="old: new, one a line. Records keep what they said.")
    labels = {"allowed_values": "May be", "renames": "Reports call it"}

    class Meta:
        model = MetadataRule
        fields: tuple[str, ...] = SAID
        labels = {"required": "Every request must say it", "on_violation": "Otherwise"}
        help_texts = {"required": ""}

    def __init__(
        self, *args: Any, viewer: Principal | None, customer: Customer | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.principal, self.customer = viewer, customer

    def alter(self, fields: dict[str, Any]) -> models.Model:
        return services.update_rule(self.instance, **fields)


class NewRuleForm(RuleForm):
    """Its customer is that of the page."""

    class Meta(RuleForm.Meta):
        fields = ("key", *SAID)
        widgets = {"key": forms.TextInput(attrs={"autocapitalize": "none"})}

    def add(self, fields: dict[str, Any]) -> models.Model:
        assert self.customer is not None, "a rule is made on a customer's page"
        return services.create_rule(customer=self.customer, **fields)
