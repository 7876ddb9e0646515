"""Providers, models and prices in the admin; the price list is there to read."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import display

from billing.money import format_usd
from controlplane.accounts import permissions
from controlplane.accounts.admin import DESCRIPTION, STATES
from controlplane.accounts.permissions import Resource
from controlplane.administration import GovernedAdmin, ReadOnlyAdmin
from controlplane.catalog import custom_prices, services
from controlplane.catalog.forms import ModelForm, PriceForm, ProviderForm
from controlplane.catalog.health import health_of
from controlplane.catalog.health_display import COLOURS, ProviderList, table
from controlplane.catalog.models import Listing, Model, Price, Provider

# Of the providers, which customers share.
SHOWN_TO_CUSTOMERS = ("id", "name", "kind", "health_state", "state")


@admin.register(Provider)
class ProviderAdmin(GovernedAdmin):
    resource = Resource.PROVIDERS
    form = ProviderForm
    fixed = ("id",)
    list_display = ("id", "name", "kind", "base_url", "has_credential", "health_state", "state")
    list_filter = ("kind", "is_active", "price_list")
    search_fields = ("id", "name", "base_url")
    readonly_fields = ("has_credential", "health", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("id", "name"), ("kind", "is_active"))}),
        ("Health", {"fields": ("health",)}),
        ("Address", {"fields": ("base_url", ("region", "project"))}),
        ("Credential", {"fields": ("credential", ("has_credential", "without_credential"))}),
        (
            "Details",
            {
                "fields": (("price_list", "auth_header"), ("extra_headers", "extra_query")),
                "classes": ("collapse",),
            },
        ),
        DESCRIPTION,
    )

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return ProviderList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return SHOWN_TO_CUSTOMERS if _is_bound(request) else self.list_display

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id", "name") if _is_bound(request) else self.search_fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where the installation's accounts are is not the business of any one customer."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets[:1] if _is_bound(request) else fieldsets

    @display(description="health", label=COLOURS)
    def health_state(self, provider: Any) -> str:
        return str(provider.health.state.value)

    @display(description="now")
    def health(self, provider: Provider) -> str:
        return table(health_of([provider.id])[provider.id])

    @display(description="credential", boolean=True)
    def has_credential(self, provider: Provider) -> bool:
        return provider.credential_sealed is not None

    @display(description="state", ordering="is_active", label=STATES)
    def state(self, provider: Provider) -> str:
        return "active" if provider.is_active else "inactive"

    def remove(self, row: Provider) -> None:
        services.delete_provider(row)


@admin.register(Model)
class ModelAdmin(GovernedAdmin):
    resource = Resource.MODELS
    form = ModelForm
    fixed = ("id", "provider")
    list_display = ("id", "provider", "upstream_model", "names", "max_output_tokens", "state")
    list_filter = ("is_active", ("provider", AutocompleteSelectFilter))
    list_select_related = ("provider",)
    search_fields = ("id", "name", "upstream_model", "alias_rows__alias")
    autocomplete_fields = ("provider",)
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("provider", "upstream_model"), ("id", "name"), "is_active")}),
        ("Names and limits", {"fields": ("aliases", "max_output_tokens")}),
        DESCRIPTION,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).prefetch_related("alias_rows")

    @display(description="aliases")
    def names(self, model: Model) -> str:
        return ", ".join(model.aliases) or "–"

    @display(description="state", ordering="is_active", label=STATES)
    def state(self, model: Model) -> str:
        return "active" if model.is_active else "inactive"

    def remove(self, row: Model) -> None:
        services.delete_model(row)


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin):
    resource = Resource.MODELS
    list_display = (
        "id",
        "title",
        "vendor",
        "context_window_tokens",
        "max_output_tokens",
        "is_deprecated",
    )
    list_filter = ("vendor", "is_deprecated")
    search_fields = ("id", "title")


class SourceFilter(admin.SimpleListFilter):
    """Ours, or the price list's."""

    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("custom", "Custom"), ("list", "Price list")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Price]) -> QuerySet[Price]:
        if self.value() is None:
            return rows
        return rows.filter(listing__isnull=self.value() == "custom")


@admin.register(Price)
class PriceAdmin(GovernedAdmin):
    resource = Resource.PRICES
    form = PriceForm
    fixed = ("id", "model", "listing", "service_tier", "daily_from", "daily_until")
    list_display = (
        "of",
        "valid_from",
        "service_tier",
        "input",
        "cached_input",
        "output",
        "source",
    )
    list_filter = (SourceFilter, "service_tier", ("valid_from", RangeDateTimeFilter))
    search_fields = ("id", "name")
    autocomplete_fields = ("model",)
    readonly_fields = ("listing", "created_at", "updated_at")
    ordering = ("id",)
    fieldsets = (
        (None, {"fields": (("model", "listing"), ("id", "name"), "valid_from", "service_tier")}),
        (
            "USD per million tokens",
            {
                "fields": (
                    ("input_usd_per_mtok", "output_usd_per_mtok"),
                    ("cached_input_usd_per_mtok", "output_reasoning_usd_per_mtok"),
                    ("cache_write_usd_per_mtok", "cache_write_1h_usd_per_mtok"),
                )
            },
        ),
        (
            "Audio, image and video",
            {
                "classes": ("collapse",),
                "fields": (
                    ("input_audio_usd_per_mtok", "output_audio_usd_per_mtok"),
                    ("cached_input_audio_usd_per_mtok", "cached_input_image_usd_per_mtok"),
                    ("input_image_usd_per_mtok", "output_image_usd_per_mtok"),
                    ("input_video_usd_per_mtok", "output_video_usd_per_mtok"),
                ),
            },
        ),
        (
            "Per thousand calls, by time of day, long context",
            {
                "classes": ("collapse",),
                "fields": (
                    ("request_usd_per_thousand", "web_search_usd_per_thousand"),
                    ("daily_from", "daily_until"),
                    "tiers",
                ),
            },
        ),
        DESCRIPTION,
    )

    @display(description="model", ordering="id")
    def of(self, price: Price) -> str:
        return str(price.model_id or price.listing_id)

    @display(description="input", ordering="input_usd_per_mtok")
    def input(self, price: Price) -> str:
        return _shown(price.input_usd_per_mtok)

    @display(description="cached input", ordering="cached_input_usd_per_mtok")
    def cached_input(self, price: Price) -> str:
        return _shown(price.cached_input_usd_per_mtok)

    @display(description="output", ordering="output_usd_per_mtok")
    def output(self, price: Price) -> str:
        return _shown(price.output_usd_per_mtok)

    @display(description="source", label={"custom": "info", "list": ""})
    def source(self, price: Price) -> str:
        return "custom" if price.listing_id is None else "list"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_listed = obj is not None and obj.listing_id is not None
        return not is_listed and super().has_change_permission(request, obj)

    def remove(self, row: Price) -> None:
        custom_prices.delete_price(row)


def _is_bound(request: HttpRequest) -> bool:
    principal = permissions.principal_of(request.user)
    return principal is None or principal.is_bound


def _shown(rate: Decimal | None) -> str:
    return "–" if rate is None else f"${format_usd(rate)}"
