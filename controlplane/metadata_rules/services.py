"""Changes of metadata rules. They hold for the next request, and renames for every report."""

from typing import Any, TypedDict, Unpack

from django.db import transaction

from controlplane import saving
from controlplane.accounts.models import Customer
from controlplane.metadata_rules.models import MetadataRule


class RuleFields(TypedDict, total=False):
    name: str
    metadata: dict[str, Any]
    required: bool
    allowed_values: list[str]
    on_violation: str
    renames: dict[str, str]


@transaction.atomic
def create_rule(*, customer: Customer, key: str, **fields: Unpack[RuleFields]) -> MetadataRule:
    rule = MetadataRule(id=rule_id(customer.id, key), customer=customer, key=key, **fields)
    return saving.add(rule)


@transaction.atomic
def update_rule(rule: MetadataRule, **changes: Unpack[RuleFields]) -> MetadataRule:
    return saving.change(rule, changes)


@transaction.atomic
def delete_rule(rule: MetadataRule) -> None:
    """Requests need nothing any more, and reports show what records say."""
    saving.remove(rule)


def rule_id(customer_id: str, key: str) -> str:
    return f"{customer_id}/{key}"
