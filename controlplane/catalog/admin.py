"""Models and prices in the admin; the price list is there to read."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import display

from billing.money import format_usd
from controlplane.accounts.admin import DESCRIPTION, STATES
from controlplane.accounts.permissions import Resource
from controlplane.administration import GovernedAdmin, ReadOnlyAdmin
from controlplane.catalog import custom_prices, services
from controlplane.catalog.forms import ModelForm, PriceForm
from controlplane.catalog.models import Listing, Model, Price
from controlplane.catalog.provider_admin import ProviderAdmin as ProviderAdmin  # is found here


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


def _shown(rate: Decimal | None) -> str:
    return "–" if rate is None else f"${format_usd(rate)}"
