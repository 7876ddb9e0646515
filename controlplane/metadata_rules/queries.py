"""What metadata is called today."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from controlplane.metadata_rules.models import MetadataRule

# By customer and key: old and new.
Renames = Mapping[tuple[str, str], Mapping[str, str]]


def renames_of(customer_ids: Iterable[str]) -> Renames:
    rules = MetadataRule.objects.filter(customer_id__in=set(customer_ids)).exclude(renames={})
    return {(rule.customer_id, rule.key): rule.renames for rule in rules}


def renamed(metadata: Mapping[str, Any], customer_id: str | None, renames: Renames) -> Any:
    """The metadata of a record with its values as they are called today."""
    return {
        key: renames[customer_id, key].get(text_of(value), value)
        if customer_id is not None and (customer_id, key) in renames
        else value
        for key, value in metadata.items()
    }


def text_of(value: Any) -> str:
    """As reports show it, and as a rule names it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return "" if value is None else str(value)
