"""The forms of virtual keys: policy, a secret to take over, rotation."""

from typing import Any

from django import forms
from django.db import models
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminPasswordWidget

from controlplane.accounts.forms import NamedForm
from controlplane.form_fields import FallbackLines, Lines
from controlplane.keys import services
from controlplane.keys.services import GRACE_SECONDS_MAX

SECONDS_PER_HOUR = 3600


class VirtualKeyForm(NamedForm):
    """Lists are typed one entry a line."""

    allowed_models = Lines(help_text="provider/model, alias or name; * at the end is a prefix.")
    denied_models = Lines(help_text="Refused even where allowed.")
    allowed_providers = Lines(help_text="Provider ids. Empty lists allow all.")
    fallbacks = FallbackLines(help_text="provider/model, in the order they are tried.")
    cache_endpoints = Lines(help_text="Paths below /v1/, as in chat/completions; none: all.")
    secret = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="An existing secret to take over; made up if it is left empty.",
    )

    def write(self, fields: dict[str, Any]) -> models.Model:
        secret = fields.pop("secret", None) or None
        if not self.is_new:
            return services.update_key(self.instance, **fields)
        key, self.issued_secret = services.issue_key(secret=secret, **fields)
        return key


class RotationForm(forms.Form):
    grace_hours = forms.IntegerField(
        min_value=0,
        max_value=GRACE_SECONDS_MAX // SECONDS_PER_HOUR,
        initial=24,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="Hours that the secret in use works on; 0 ends it at once.",
    )

    @property
    def grace_seconds(self) -> int:
        return int(self.cleaned_data["grace_hours"]) * SECONDS_PER_HOUR
