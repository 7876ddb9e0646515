"""`/api/v1/metadata-rules`: what a customer's metadata keys need and may hold. Ids have slashes."""

from typing import Any

from rest_framework import serializers

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Flag, Reference, Text, Texts
from controlplane.api.resources import NAME_IN_PATH, ResourceView
from controlplane.api.serializers import AnyOf, DescribedSerializer, IsTrue, ListQuery
from controlplane.metadata_rules import services
from controlplane.metadata_rules.models import MetadataRule, Violation
from controlplane.metadata_rules.validators import VALUE_LENGTH_MAX, VALUES_MAX
from controlplane.validators import METADATA_KEY_LENGTH_MAX


class MetadataRuleSerializer(DescribedSerializer):
    fixed = ("customer", "key")
    id = Text(read_only=True, help_text="`customer/key`")
    customer = Reference(Customer.objects.all(), help_text="It never changes.")
    key = Text(max_length=METADATA_KEY_LENGTH_MAX, help_text="It never changes.")
    required = Flag(default=False, help_text="A request has to have a value.")
    allowed_values = Texts(
        default=list, max_length=VALUES_MAX, help_text="What it may be, as text. Empty: anything."
    )
    on_violation = serializers.ChoiceField(
        Violation.choices,
        default=Violation.REFUSE.value,
        help_text="`refuse` answers 400; `unallocated` files the value under that word.",
    )
    renames = serializers.DictField(
        child=Text(min_length=1, max_length=VALUE_LENGTH_MAX),
        default=dict,
        help_text="Old codes, and what reports call them. Records keep what they said.",
    )


class MetadataRuleQuery(ListQuery):
    orders = ("id", "key", "created_at", "updated_at")
    customer = AnyOf("customer_id")
    key = AnyOf("key")
    required = IsTrue()


class MetadataRuleView(ResourceView):
    """What finance may count on in one metadata key of a customer's requests."""

    resource = Resource.METADATA_RULES
    queryset = MetadataRule.objects.all()
    serializer_class = MetadataRuleSerializer
    query_serializer = MetadataRuleQuery
    lookup_value_regex = NAME_IN_PATH

    def add(self, fields: dict[str, Any]) -> MetadataRule:
        return services.create_rule(**fields)

    def change(self, row: MetadataRule, changes: dict[str, Any]) -> MetadataRule:
        return services.update_rule(row, **changes)

    def remove(self, row: MetadataRule) -> None:
        services.delete_rule(row)
