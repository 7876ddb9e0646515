"""`/api/v1/customers`: who pays."""

from typing import Any

from controlplane.accounts import services
from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Flag, Text
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import DescribedQuery, DescribedSerializer, IsTrue


class CustomerSerializer(DescribedSerializer):
    fixed = ("id",)
    currency = Text(default="USD", min_length=3, max_length=3, help_text="ISO 4217.")
    timezone = Text(default="UTC", max_length=64, help_text="An IANA name: Europe/Berlin.")
    is_active = Flag(default=True, help_text="The keys of an inactive customer are refused.")


class CustomerQuery(DescribedQuery):
    is_active = IsTrue()


class CustomerView(ResourceView):
    """Who pays."""

    resource = Resource.CUSTOMERS
    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    query_serializer = CustomerQuery

    def add(self, fields: dict[str, Any]) -> Customer:
        return services.create_customer(**fields)

    def change(self, row: Customer, changes: dict[str, Any]) -> Customer:
        return services.update_customer(row, **changes)

    def remove(self, row: Customer) -> None:
        services.delete_customer(row)
