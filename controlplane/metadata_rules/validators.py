"""What a rule may say. Values are texts, as reports show them: `7` and `true` are "7", "true"."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError

from controlplane.validators import is_storable

# The key is a part of the rule's address.
KEY = re.compile(r"\w[\w .:@-]*")
VALUES_MAX = 1000
VALUE_LENGTH_MAX = 512


def validate_key(key: str) -> None:
    if KEY.fullmatch(key) is None or key != key.strip():
        raise ValidationError(
            "Starts with a letter, digit or '_' and holds letters, digits, spaces and '_.:@-'."
        )


def validate_allowed_values(values: Any) -> None:
    if not isinstance(values, list):
        raise ValidationError("Allowed values are a list of texts.")
    _require_texts(values)
    if len(set(values)) != len(values):
        raise ValidationError("Names a value twice.")


def validate_renames(renames: Any) -> None:
    """Old to new. What is new is never old as well, so that a code has one name today."""
    if not isinstance(renames, dict):
        raise ValidationError("Renames are an object of texts: {old: new}.")
    _require_texts([*renames, *renames.values()], values_max=2 * VALUES_MAX)
    for old, new in renames.items():
        if new in renames:
            raise ValidationError(
                f"'{_shown(old)}' becomes '{_shown(new)}', which is renamed itself: "
                "name what it is called in the end."
            )


def _require_texts(values: Iterable[Any], values_max: int = VALUES_MAX) -> None:
    texts = list(values)
    if len(texts) > values_max:
        raise ValidationError(f"Has more than {VALUES_MAX} entries.")
    for text in texts:
        if not isinstance(text, str) or not 1 <= len(text) <= VALUE_LENGTH_MAX:
            raise ValidationError(f"A value is a text of 1 to {VALUE_LENGTH_MAX} characters.")
        if not is_storable(text):
            raise ValidationError("A value holds a character that cannot be stored.")


def _shown(text: str) -> str:
    return text if len(text) <= 64 else f"{text[:64]}…"
