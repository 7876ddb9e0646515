"""What a configured value must look like, whichever door it comes through."""

import math
import re
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

METADATA_KEYS_MAX = 50
METADATA_KEY_LENGTH_MAX = 128
METADATA_TEXT_LENGTH_MAX = 1000
EXACT_INTEGER_MAX = 2**53  # beyond it, JSON readers disagree about a number
CURRENCY = re.compile(r"[A-Z]{3}")
NESTING_MAX = 32
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(value: Any, depth: int = 0) -> bool:
    """Whether PostgreSQL can hold every string in it: no NUL and no lone surrogate."""
    if isinstance(value, str):
        return UNSTORABLE.search(value) is None
    if isinstance(value, dict):
        return depth < NESTING_MAX and all(
            is_storable(part, depth + 1) for pair in value.items() for part in pair
        )
    if isinstance(value, list | tuple):
        return depth < NESTING_MAX and all(is_storable(part, depth + 1) for part in value)
    return True


def validate_metadata(value: Any) -> None:
    """A flat JSON object: short keys, and values that are strings, numbers, booleans or null."""
    if not isinstance(value, dict):
        raise ValidationError("Metadata is a JSON object.")
    if len(value) > METADATA_KEYS_MAX:
        raise ValidationError(f"Metadata has at most {METADATA_KEYS_MAX} keys.")
    for key, entry in value.items():
        _validate_metadata_key(key)
        _validate_metadata_entry(key, entry)


def _validate_metadata_key(key: Any) -> None:
    if not isinstance(key, str) or not 1 <= len(key) <= METADATA_KEY_LENGTH_MAX:
        raise ValidationError(f"A metadata key has 1 to {METADATA_KEY_LENGTH_MAX} characters.")
    if not is_storable(key):
        raise ValidationError("A metadata key holds a character that cannot be stored.")


def _validate_metadata_entry(key: str, entry: Any) -> None:
    if entry is not None and not isinstance(entry, str | bool | int | float):
        raise ValidationError(f"Metadata is flat: '{key}' must be text, a number, true or false.")
    if isinstance(entry, str) and (len(entry) > METADATA_TEXT_LENGTH_MAX or not is_storable(entry)):
        raise ValidationError(
            f"Metadata '{key}' must be at most {METADATA_TEXT_LENGTH_MAX} storable characters."
        )
    if isinstance(entry, int | float) and not _is_exact_number(entry):
        raise ValidationError(f"Metadata '{key}' is not a number that JSON can carry exactly.")


def _is_exact_number(value: float) -> bool:
    return math.isfinite(value) and abs(value) <= EXACT_INTEGER_MAX


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def validate_timezone(value: str) -> None:
    if value not in _timezones():
        raise ValidationError("Not a time zone. Use an IANA name such as Europe/Berlin or UTC.")


def validate_currency(value: str) -> None:
    if CURRENCY.fullmatch(value) is None:
        raise ValidationError("Not a currency. Use an ISO 4217 code such as USD or EUR.")
