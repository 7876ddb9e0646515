"""A budget for an owner that has none of its kind, made on the page of budgets."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db import transaction
from django.http import Http404

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Principal, visible
from controlplane.audit.actors import give_reason
from controlplane.budgets.models import REASON_LENGTH_MAX, Budget, Enforcement
from controlplane.budgets.services import Owner, create_budget, customer_of
from controlplane.budgets.validators import validate_window
from controlplane.dashboard.amounts import read_amount
from controlplane.errors import DomainError
from controlplane.keys.models import VirtualKey
from controlplane.validators import is_storable

KINDS: dict[str, type[Owner]] = {"customer": Customer, "team": Team, "virtual_key": VirtualKey}
AMOUNT_LENGTH_MAX = 40
WINDOWS = {
    "month": "A calendar month",
    "day": "A day",
    "week": "A week, from Monday",
    "quarter": "A quarter",
    "year": "A year",
    "30d": "Any 30 days",
    "24h": "Any 24 hours",
    "lifetime": "In all, for good",
}


class NewBudgetForm(forms.Form):
    """A limit, its window, what it does, and why."""

    limit = forms.CharField(
        label="Limit in USD",
        max_length=AMOUNT_LENGTH_MAX,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    window = forms.ChoiceField(choices=list(WINDOWS.items()), validators=[validate_window])
    enforcement = forms.ChoiceField(label="When it is used up", choices=Enforcement.choices)
    reason = forms.CharField(label="Reason, kept", max_length=REASON_LENGTH_MAX)

    def clean_limit(self) -> Decimal:
        amount = read_amount(self.cleaned_data["limit"])
        if amount is None:
            raise forms.ValidationError("Type an amount in US dollars, such as 1,500.00.")
        return amount

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not is_storable(reason):
            raise forms.ValidationError("Holds a character that cannot be stored.")
        return reason


@dataclass(frozen=True)
class NewBudget:
    """The open form, and whom the budget would be for."""

    owner: Owner
    form: NewBudgetForm

    @property
    def timezone(self) -> str:
        return customer_of(self.owner).timezone

    def made(self) -> Budget | None:
        """The budget; None where the form says what is in its way."""
        if not self.form.is_valid():
            return None
        given = self.form.cleaned_data
        try:
            with transaction.atomic():
                give_reason(given["reason"])
                return create_budget(
                    owner=self.owner,
                    limit_usd=given["limit"],
                    window=given["window"],
                    enforcement=given["enforcement"],
                )
        except DomainError as error:
            self.form.add_error(None, error.message)
            return None


def new_budget(text: str, viewer: Principal, given: Any = None) -> NewBudget:
    """Of an owner like `team:support`. Raises `Http404` for one that the viewer may not know of."""
    kind, _, id = text.partition(":")
    if kind not in KINDS or not is_storable(id):
        raise Http404
    owner = visible(KINDS[kind]._default_manager.all(), viewer).filter(pk=id).first()
    if owner is None:
        raise Http404
    return NewBudget(cast(Owner, owner), NewBudgetForm(given))
