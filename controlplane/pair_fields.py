"""A form field for names and their values, one pair a line: `department: research`."""

import json
from typing import Any

from django import forms

from controlplane.form_fields import Lines

DECODER = json.JSONDecoder()


class Pairs(Lines):
    """A flat object. Numbers, `true`, `false` and `null` are themselves, all else is text.

    Text that would read otherwise is shown in quotes, so that what is shown is what was stored.
    """

    def parse(self, entry: str) -> tuple[str, Any]:
        name, value = _parted(entry)
        return name, self._value(value)

    def show(self, entry: tuple[str, Any]) -> str:
        name, value = entry
        return f"{_quoted(name, is_ambiguous=':' in name)}: {self._shown(value)}"

    def to_python(self, value: Any) -> Any:
        pairs = [self.parse(entry) for entry in self.split(value or "")]
        found = dict(pairs)
        if len(found) < len(pairs):
            raise forms.ValidationError("Names something twice.")
        return found

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(list(value.items()) if isinstance(value, dict) else value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            # As text: to Python, 1 and true are the same.
            return json.dumps(self.to_python(data)) != json.dumps(initial or {})
        except forms.ValidationError:
            return True

    def _value(self, text: str) -> Any:
        found = _scalar(text)
        return text if found is NOTHING else found

    def _shown(self, value: Any) -> str:
        if isinstance(value, str):
            return _quoted(value, is_ambiguous=_scalar(value) is not NOTHING)
        return json.dumps(value)


class TextPairs(Pairs):
    """Both sides are text: `7: Research`."""

    def _value(self, text: str) -> str:
        found = _scalar(text)
        return found if isinstance(found, str) else text

    def _shown(self, value: Any) -> str:
        return _quoted(value, is_ambiguous=False)


NOTHING = object()


def _parted(entry: str) -> tuple[str, str]:
    """Raises `ValidationError` for a line without a colon, or without a name before it."""
    name, rest = _quoted_name(entry) if entry.startswith('"') else _plain_name(entry)
    if not name or not rest.startswith(":"):
        raise forms.ValidationError(f"'{entry}' is not written as name: value.")
    return name, rest[1:].strip()


def _plain_name(entry: str) -> tuple[str, str]:
    name, colon, value = entry.partition(":")
    return name.strip(), colon + value


def _quoted_name(entry: str) -> tuple[str, str]:
    try:
        name, end = DECODER.raw_decode(entry)
    except ValueError as error:
        raise forms.ValidationError(f"'{entry}' has a quote that does not end.") from error
    return name, entry[end:].lstrip()


def _scalar(text: str) -> Any:
    """What a text is in JSON, or `NOTHING` where it is none, or not a single value."""
    if text[:1] in ("[", "{"):
        return NOTHING
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError:
        return NOTHING


def _refuse(constant: str) -> None:
    """`NaN` and `Infinity` are words here, too."""
    raise ValueError(constant)


def _quoted(text: str, *, is_ambiguous: bool) -> str:
    is_plain = text == text.strip() and text.splitlines() == [text] and not text.startswith('"')
    return text if is_plain and not is_ambiguous else json.dumps(text)
