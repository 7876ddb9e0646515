"""Whether a request says what its customer's rules ask of its metadata.

A rule looks at what the usage record would say: the request's own metadata over the key's.
Values are compared as the texts that reports show. What is null or empty is missing.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dataplane.errors import InvalidRequest
from dataplane.snapshot.model import MetadataRule, VirtualKey

UNALLOCATED = "unallocated"
VALUES_NAMED_MAX = 20


def hold_to_rules(key: VirtualKey, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The request's metadata as it is filed. Raises `InvalidRequest` where a rule refuses it."""
    filed = dict(metadata)
    for rule in key.metadata_rules:
        said = text_of(metadata[rule.key] if rule.key in metadata else key.metadata.get(rule.key))
        if _is_broken(rule, said):
            if rule.refuses:
                raise _refusal(rule, said)
            filed[rule.key] = UNALLOCATED
    return filed


def text_of(value: Any) -> str:
    """As `->>` has it in PostgreSQL; empty for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return str(value)


def _is_broken(rule: MetadataRule, said: str) -> bool:
    if not said:
        return rule.is_required
    return bool(rule.allowed) and said not in rule.passes


def _refusal(rule: MetadataRule, said: str) -> InvalidRequest:
    code = "metadata_not_allowed" if said else "metadata_missing"
    wrong = "has a value that is not allowed" if said else "is required"
    message = f"The metadata key '{rule.key}' {wrong}{_choice(rule)}."
    return InvalidRequest(code, message, param=f"metadata.{rule.key}")


def _choice(rule: MetadataRule) -> str:
    if not rule.allowed:
        return ""
    named = ", ".join(f"'{value}'" for value in rule.allowed[:VALUES_NAMED_MAX])
    more = len(rule.allowed) - VALUES_NAMED_MAX
    return f"; allowed are {named}" + (f" and {more} more" if more > 0 else "")
