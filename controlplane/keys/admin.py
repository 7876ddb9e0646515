"""Virtual keys in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import action, display

from controlplane.accounts.admin import DESCRIPTION, STATES
from controlplane.accounts.permissions import Resource
from controlplane.administration import SecretOnceAdmin
from controlplane.keys import services
from controlplane.keys.forms import RotationForm, VirtualKeyForm
from controlplane.keys.models import VirtualKey, VirtualKeySecret

ROTATION = (
    "A new secret is made and shown once. Those before it work for as long as you say, so that "
    "services can change over."
)
REVOCATION = "Every secret of the key stops working within a second, for good."


class SecretInline(TabularInline):
    """The secrets of a key, by what may be shown of them."""

    model = VirtualKeySecret
    fields = ("shown", "created_at", "expires_at", "revoked_at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    @display(description="secret")
    def shown(self, secret: VirtualKeySecret) -> str:
        return str(secret)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever sees the key

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(VirtualKey)
class VirtualKeyAdmin(SecretOnceAdmin):
    resource = Resource.VIRTUAL_KEYS
    form = VirtualKeyForm
    fixed = ("id", "customer")
    list_display = ("id", "name", "customer", "team", "state", "limits", "expires_at", "created_at")
    list_filter = (
        "is_active",
        ("customer", AutocompleteSelectFilter),
        ("team", AutocompleteSelectFilter),
        "cache_mode",
        "store_content",
        ("expires_at", RangeDateTimeFilter),
    )
    list_select_related = ("customer", "team")
    search_fields = ("id", "name", "customer__id", "customer__name", "team__id")
    autocomplete_fields = ("customer", "team")
    readonly_fields = ("created_at", "updated_at")
    inlines = (SecretInline,)
    actions_detail = ("rotate", "revoke")
    policy = (
        ("May call", {"fields": ("allowed_models", "denied_models", "allowed_providers")}),
        ("When it fails", {"fields": ("fallbacks", "stream_failure", "retry_storm")}),
        (
            "Rate limit",
            {"fields": (("requests_per_minute", "tokens_per_minute", "max_parallel_requests"),)},
        ),
        (
            "Cache",
            {
                "fields": (
                    ("cache_mode", "cache_threshold"),
                    ("cache_ttl_seconds", "cache_namespace", "cache_mb_max"),
                    ("cache_target_error", "cache_conversations"),
                    ("cache_embedder", "cache_judge"),
                    "cache_endpoints",
                )
            },
        ),
        ("Privacy", {"fields": ("store_content",)}),
        DESCRIPTION,
    )
    identity = (("id", "name"), ("customer", "team"), "expires_at", "is_active")
    fieldsets = ((None, {"fields": identity}), *policy)
    add_fieldsets = ((None, {"fields": (*identity, "secret")}), *policy)

    @display(description="state", ordering="is_active", label=STATES)
    def state(self, key: VirtualKey) -> str:
        if not key.is_active:
            return "inactive"
        is_expired = key.expires_at is not None and key.expires_at <= timezone.now()
        return "expired" if is_expired else "active"

    @display(description="a minute")
    def limits(self, key: VirtualKey) -> str:
        ceilings = {"requests": key.requests_per_minute, "tokens": key.tokens_per_minute}
        words = [f"{most:,} {what}/min" for what, most in ceilings.items() if most is not None]
        return ", ".join(words) or "–"

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    @action(description="Rotate", url_path="rotate", icon="autorenew", permissions=["change"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = get_object_or_404(self.get_queryset(request), pk=unquote(object_id))
        form = RotationForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self.question(request, key, form, effect=ROTATION, verb="Rotate")
        key, secret = services.rotate_key(key, grace_seconds=form.grace_seconds)
        return self.secret_page(request, key, secret)

    @action(description="Revoke", url_path="revoke", icon="block", permissions=["change"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirmed(
            request, object_id, effect=REVOCATION, verb="Revoke", act=services.revoke_key
        )

    def remove(self, row: VirtualKey) -> None:
        services.delete_key(row)
