"""`/api/v1/exchange-rates`: at which rates customers are billed in their currency."""

from typing import Any

from rest_framework import serializers

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Moment, Text
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import AnyOf, ListQuery, StrictSerializer
from controlplane.statements import rates
from controlplane.statements.models import ExchangeRate


class ExchangeRateSerializer(StrictSerializer):
    id = Text(read_only=True)
    currency = Text(min_length=3, max_length=3, help_text="ISO 4217, such as `EUR`.")
    valid_from = serializers.DateField()
    per_usd = serializers.DecimalField(
        max_digits=20, decimal_places=10, help_text="Units of the currency for one US dollar."
    )
    created_at = Moment(read_only=True)


class ExchangeRateQuery(ListQuery):
    orders = ("valid_from", "currency")
    currency = AnyOf("currency")


class ExchangeRateView(ResourceView):
    """How much of a currency one US dollar is, from a day on."""

    resource = Resource.EXCHANGE_RATES
    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateSerializer
    query_serializer = ExchangeRateQuery

    def add(self, fields: dict[str, Any]) -> ExchangeRate:
        return rates.publish_rate(**fields)

    def remove(self, row: ExchangeRate) -> None:
        rates.withdraw_rate(row)
