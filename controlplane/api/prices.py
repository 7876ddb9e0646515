"""`/api/v1/prices`: custom ones to write, those of the price list to read."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import DayOrMoment, Text, Usd
from controlplane.api.resources import NAME_IN_PATH, ResourceView
from controlplane.api.serializers import AnyOf, DescribedQuery, DescribedSerializer
from controlplane.catalog import custom_prices
from controlplane.catalog.listed_models import model_to_price
from controlplane.catalog.models import RATES, Price, ServiceTier
from controlplane.catalog.validators import validate_model_name

RATE_QUANTUM = Decimal("1e-10")
SOURCES = ("custom", "list")


class PriceSerializer(DescribedSerializer):
    fixed = ("id", "model")
    id = Text(required=False, max_length=300, validators=[validate_model_name])
    model = Text(max_length=300, help_text="`provider/name`. It never changes.")
    source = serializers.SerializerMethodField()
    valid_from = DayOrMoment(required=False, help_text="By default now. A day means 00:00 UTC.")
    service_tier = serializers.ChoiceField(
        choices=ServiceTier.choices, default=ServiceTier.STANDARD.value
    )
    daily_from = serializers.TimeField(
        allow_null=True, default=None, help_text="UTC, for prices by time of day."
    )
    daily_until = serializers.TimeField(allow_null=True, default=None)
    tiers = serializers.ListField(
        child=serializers.DictField(),
        default=list,
        help_text="Long-context tiers: `{above_input_tokens, input_usd_per_mtok, …}`",
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        rates = {rate: Usd(quantum=RATE_QUANTUM, allow_null=True, default=None) for rate in RATES}
        return {**super().get_fields(), **rates}

    @extend_schema_field(serializers.ChoiceField(choices=SOURCES))
    def get_source(self, price: Price) -> str:
        return "custom" if price.listing_id is None else "list"

    def to_representation(self, price: Price) -> dict[str, Any]:
        return {**super().to_representation(price), "model": price.model_id or price.listing_id}


class PriceQuery(DescribedQuery):
    model = AnyOf("model")
    valid_from = DayOrMoment(required=False)
    service_tier = AnyOf("service_tier", child=serializers.ChoiceField(choices=ServiceTier.choices))
    source = serializers.ChoiceField(choices=SOURCES, required=False)


class PriceView(ResourceView):
    """US dollars per million tokens, from a date on."""

    resource = Resource.PRICES
    queryset = Price.objects.all()
    serializer_class = PriceSerializer
    query_serializer = PriceQuery
    lookup_value_regex = NAME_IN_PATH

    def matching(self, rows: QuerySet, filters: dict[str, Any]) -> QuerySet:
        if models := filters.pop("model__in", None):
            rows = rows.filter(Q(model__in=models) | Q(listing__in=models))
        if source := filters.pop("source", None):
            rows = rows.filter(listing__isnull=source == "custom")
        return rows.filter(**filters)

    def add(self, fields: dict[str, Any]) -> Price:
        return custom_prices.create_price(**{**fields, "model": model_to_price(fields["model"])})

    def change(self, row: Price, changes: dict[str, Any]) -> Price:
        return custom_prices.update_price(row, **changes)

    def remove(self, row: Price) -> None:
        custom_prices.delete_price(row)
