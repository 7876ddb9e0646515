"""Reading single fields of a request's body, which is the provider's to judge and not ours."""

from collections.abc import Mapping
from typing import Any

import msgspec

# What decoding a part of a body raises that was split into fields, but not looked into.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
NOTHING = msgspec.Raw(b"null")
EMPTY = (b"null", b"[]", b"{}")

Fields = Mapping[str, msgspec.Raw]

decode = msgspec.json.Decoder().decode


def value_of(fields: Fields, name: str) -> Any:
    """A field's value; None where it is missing, null, or cannot be read."""
    raw = fields.get(name)
    if raw is None:
        return None
    try:
        return decode(raw)
    except UNREADABLE:
        return None


def whole_number(fields: Fields, name: str) -> int | None:
    """A positive whole number; None for anything else."""
    value = value_of(fields, name)
    return value if type(value) is int and value > 0 else None


def is_given(fields: Fields, name: str) -> bool:
    """Whether a field is there and says something."""
    return name in fields and bytes(fields[name]) not in EMPTY
