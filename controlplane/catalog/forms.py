"""The forms of providers, models and prices."""

import json
from typing import Any

from django import forms
from django.db import models
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanSwitchWidget

from controlplane.accounts.forms import NamedForm
from controlplane.catalog import custom_prices, services
from controlplane.catalog.models import RATES
from controlplane.form_fields import WeightedLines


class Credential(forms.CharField):
    """An API key, or a JSON object. What is stored is never shown, not even as dots."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            widget=UnfoldAdminPasswordWidget(
                render_value=False, attrs={"autocomplete": "new-password"}
            ),
            help_text=(
                "An API key, or JSON: {access_key_id, secret_access_key}, {service_account}, "
                "{} for the environment's, or {credentials: […]} for several. Left empty, what is "
                "stored stays."
            ),
        )

    def to_python(self, value: Any) -> Any:
        text = (value or "").strip()
        if not text:
            return None
        if not text.startswith("{"):
            return {"api_key": text}
        try:
            credential: dict[str, Any] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError("This is not valid JSON.") from error
        return credential

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class ProviderForm(NamedForm):
    credential = Credential()
    without_credential = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        label="Remove the stored credential",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("without_credential") and cleaned.get("credential") is not None:
            self.add_error("credential", "Either a new credential or none.")
        return cleaned

    def write(self, fields: dict[str, Any]) -> models.Model:
        remove = fields.pop("without_credential", False)
        if remove:
            fields["credential"] = None
        if self.is_new:
            return services.create_provider(**fields)
        return services.update_provider(self.instance, **fields)


class ModelForm(NamedForm):
    aliases = WeightedLines(
        help_text="Other names services may ask for, one a line; 'fast 3' gives a weight of 3."
    )
    id = forms.CharField(
        required=False, help_text="provider/name; by default the upstream model's name."
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_new:
            self.initial["aliases"] = self.instance.aliases

    def write(self, fields: dict[str, Any]) -> models.Model:
        if self.is_new:
            return services.create_model(**fields)
        return services.update_model(self.instance, **fields)


class PriceForm(NamedForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for rate in set(RATES) & set(self.fields):
            name = rate.replace("_usd_per_mtok", "").replace("_usd_per_thousand", "")
            self.fields[rate].label = name.replace("_", " ").capitalize()
        if "valid_from" in self.fields and self.is_new:
            self.fields["valid_from"].required = False
            self.fields["valid_from"].help_text = "By default now."
            self.fields["model"].required = True

    def write(self, fields: dict[str, Any]) -> models.Model:
        if self.is_new:
            return custom_prices.create_price(**fields)
        return custom_prices.update_price(self.instance, **fields)
