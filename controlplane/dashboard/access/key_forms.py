"""What people say of a key in its forms: its policy, how it is rotated, why it is revoked."""

from typing import Any

from django import forms
from django.db import models

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Principal, visible
from controlplane.dashboard.forms import PageForm
from controlplane.fields import new_id
from controlplane.form_fields import FallbackLines, Lines
from controlplane.keys import services
from controlplane.keys.models import VirtualKey
from controlplane.keys.services import GRACE_SECONDS_MAX

LINES = {"rows": 3}
MOMENT = {"type": "datetime-local"}
POLICY = (
    *("name", "team", "expires_at", "allowed_models", "denied_models", "allowed_providers"),
    *("fallbacks", "stream_failure", "retry_storm", "requests_per_minute"),
    "tokens_per_minute",
    *("max_parallel_requests", "cache_mode", "store_content"),
)
LABELS = {
    "name": "Name",
    "allowed_models": "May call these models",
    "denied_models": "Never these",
    "allowed_providers": "At these providers",
    "fallbacks": "Falls back to",
    "stream_failure": "When a stream breaks off",
    "retry_storm": "When it repeats itself",
    "expires_at": "Ends at, UTC",
    "max_parallel_requests": "Requests at once",
    "requests_per_minute": "Requests a minute",
    "tokens_per_minute": "Tokens a minute",
    "cache_mode": "Cache",
    "store_content": "Store prompts and answers",
}
GRACES = {
    0: "at once",
    3600: "an hour",
    24 * 3600: "a day",
    7 * 24 * 3600: "a week",
    GRACE_SECONDS_MAX: "30 days",
}


class KeyForm(PageForm):
    """The policy of a key; lists are typed one entry a line."""

    instance: VirtualKey
    allowed_models = Lines(help_text="provider/model, alias or name, one a line; none: all.")
    denied_models = Lines(help_text="Refused even where allowed.")
    allowed_providers = Lines(help_text="Provider ids, one a line; none: all.")
    fallbacks = FallbackLines(help_text="provider/model, in the order they are tried.")

    class Meta:
        model = VirtualKey
        fields = POLICY
        labels = LABELS
        widgets = {"expires_at": forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M")}

    def __init__(self, *args: Any, viewer: Principal | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.principal = viewer
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            if isinstance(field, Lines):
                field.widget = forms.Textarea(attrs=LINES)
        teams = visible(Team.objects.order_by("id"), viewer)
        if not self.is_new:
            teams = teams.filter(customer_id=self.instance.customer_id)
        self._choice("team").queryset = teams

    def _choice(self, name: str) -> forms.ModelChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField), name
        return field

    def alter(self, fields: dict[str, Any]) -> models.Model:
        return services.update_key(self.instance, **fields)


class NewKeyForm(KeyForm):
    """The id is proposed with the form, so that sending it twice makes one key."""

    class Meta(KeyForm.Meta):
        fields = ("id", "customer", *POLICY)  # type: ignore[assignment]

    def __init__(self, *args: Any, viewer: Principal | None, **options: Any) -> None:
        super().__init__(*args, viewer=viewer, **options)
        self.initial.setdefault("id", new_id("vk"))
        self._choice("customer").queryset = visible(Customer.objects.order_by("id"), viewer)
        if viewer is not None and viewer.is_bound:
            self.initial.setdefault("customer", viewer.customer_id)
            self.initial.setdefault("team", viewer.team_id)

    def add(self, fields: dict[str, Any]) -> models.Model:
        key, self.issued_secret = services.issue_key(**fields)
        return key


class RotationForm(forms.Form):
    """`newest` names the secret that is replaced, so that sending it twice rotates once."""

    newest = forms.CharField(required=False, widget=forms.HiddenInput)
    grace_seconds = forms.TypedChoiceField(
        label="The secrets before it work for",
        choices=list(GRACES.items()),
        coerce=int,
        initial=24 * 3600,
    )


class CheckForm(forms.Form):
    """The size of a request that somebody has in mind."""

    model = forms.CharField(max_length=300)
    input_tokens = forms.IntegerField(min_value=0, max_value=2_000_000, initial=1000)
    max_output_tokens = forms.IntegerField(
        label="Output tokens at most", required=False, min_value=1, max_value=1_000_000_000
    )
