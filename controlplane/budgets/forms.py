"""The form of budgets: one owner, a limit, a window."""

from typing import Any

from django import forms
from django.db import models

from controlplane.accounts.forms import NamedForm
from controlplane.budgets import services
from controlplane.budgets.models import default_alert_thresholds
from controlplane.form_fields import Percentages

OWNERS = ("customer", "team", "virtual_key")


class BudgetForm(NamedForm):
    alert_thresholds = Percentages(
        help_text="Percent of the limit, separated by commas.", initial=default_alert_thresholds
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "timezone" in self.fields and self.is_new:
            self.fields["timezone"].required = False
            self.fields["timezone"].initial = ""
            self.fields["timezone"].help_text = "By default the customer's."

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        owners = [name for name in OWNERS if cleaned.get(name) is not None]
        if self.is_new and len(owners) != 1:
            raise forms.ValidationError("Choose one owner: a customer, a team or a virtual key.")
        return cleaned

    def write(self, fields: dict[str, Any]) -> models.Model:
        if not self.is_new:
            return services.update_budget(self.instance, **fields)
        owner = next(filter(None, (fields.pop(name) for name in OWNERS)))
        if not fields["timezone"]:
            del fields["timezone"]
        return services.create_budget(owner=owner, **fields)
