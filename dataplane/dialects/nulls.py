"""Fields that are null: they ask for nothing, so no dialect need know them."""

from collections.abc import Container
from typing import Any


def without_nulls(value: Any, opaque: Container[str]) -> Any:
    """The value without fields that are null, at any depth but inside those that are `opaque`."""
    if isinstance(value, list):
        return [without_nulls(each, opaque) for each in value]
    if isinstance(value, dict):
        return {
            name: each if name in opaque else without_nulls(each, opaque)
            for name, each in value.items()
            if each is not None
        }
    return value
