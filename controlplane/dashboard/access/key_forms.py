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
from controlplane.pair_fields import Pairs

MOMENT = {"type": "datetime-local"}
CACHE = tuple(
    field.name for field in VirtualKey._meta.concrete_fields if field.name.startswith("cache_")
)
POLICY = (
    *("name", "team", "expires_at", "allowed_models", "denied_models", "allowed_providers"),
    *("requests_per_minute", "tokens_per_minute", "max_parallel_requests"),
    *("fallbacks", "stream_failure", "retry_storm", *CACHE, "store_content", "metadata"),
)
LABELS = {
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
    "cache_mode": "Answers from the cache",
    "cache_threshold": "Alike from",
    "cache_ttl_seconds": "Keeps answers for seconds",
    "cache_namespace": "Shares answers within",
    "cache_target_error": "Wrong answers it may give, as a share",
    "cache_endpoints": "At these endpoints",
    "cache_embedder": "Embedding model",
    "cache_judge": "Model that compares answers",
    "cache_conversations": "Answer conversations by similarity, too",
    "cache_mb_max": "Keeps MB at most",
    "store_content": "Store prompts and answers",
    "metadata": "Metadata",
}
HELP_TEXTS = {
    "cache_mode": "Exact: of the same request. Semantic: of one that means the same, too.",
    "cache_threshold": "A score from 0 to 1. Empty: learned from compared answers.",
    "cache_ttl_seconds": "Empty: a day.",
    "cache_namespace": "Keys of this customer with the same name here share answers.",
    "cache_target_error": "Of answers by similarity, from 0.001 to 0.5. Empty: 0.05.",
    "cache_embedder": "As provider/model. Empty: the local one, which costs nothing.",
    "cache_judge": "As provider/model. Empty: none.",
    "cache_conversations": "Where tools or earlier turns belong to the request.",
    "cache_mb_max": "Empty: as much as there is room.",
}
GROUPS = {
    "What it may call": ("allowed_models", "denied_models", "allowed_providers"),
    "How much at a time": ("requests_per_minute", "tokens_per_minute", "max_parallel_requests"),
    "When a provider fails": ("fallbacks", "stream_failure", "retry_storm"),
    "The cache": ("cache_*",),
    "What is kept": ("store_content", "metadata"),
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
    cache_endpoints = Lines(help_text="As in chat/completions, one a line; none: all.")
    fallbacks = FallbackLines(help_text="provider/model, in the order they are tried.")
    metadata = Pairs(help_text="name: value, one a line; reports can group by it.")
    groups = GROUPS
    labels = LABELS

    class Meta:
        model = VirtualKey
        fields = POLICY
        labels = LABELS
        help_texts = HELP_TEXTS
        widgets = {"expires_at": forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M")}

    def __init__(self, *args: Any, viewer: Principal | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.principal = viewer
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
