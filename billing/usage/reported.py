"""What is read from a provider's usage object, and how its single counts are read.

A count that is missing or null is 0. Anything else but a whole number from 0 to `COUNT_MAX` is
malformed: a usage object with a broken number is never billed by guesswork.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from billing.errors import UsageMalformed
from billing.tokens import Tokens

COUNT_MAX = 10**12
NAME_LENGTH_MAX = 500
NOTHING: Mapping[str, Any] = {}


class ReportedUsage(NamedTuple):
    """Tokens of the model that was called, how urgently it served (None: not said), and what
    other models consumed for the same call."""

    tokens: Tokens
    service_tier: str | None = None
    others: tuple[tuple[str, Tokens], ...] = ()


class Spelling(NamedTuple):
    """What one of OpenAI's APIs calls the two counts and their details."""

    input: str
    output: str
    input_details: str
    output_details: str


def count(usage: Mapping[str, Any], name: str, parent: str = "") -> int:
    """The count called `name`, 0 when missing or null. Raises `UsageMalformed`."""
    value = usage.get(name)
    if type(value) is int and 0 <= value <= COUNT_MAX:
        return value
    if value is None:
        return 0
    # A whole number may come as 12.0 where a provider's JSON writer knows only floats.
    if type(value) is float and value.is_integer() and 0 <= value <= COUNT_MAX:
        return int(value)
    raise UsageMalformed(f"{_path(parent, name)} is not a count of tokens")


def first_count(usage: Mapping[str, Any], names: tuple[str, ...], parent: str = "") -> int:
    """The first of several spellings of one count that is not 0."""
    for name in names:
        if found := count(usage, name, parent):
            return found
    return 0


def mapping(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object called `name`, empty when missing or null. Raises `UsageMalformed`."""
    value = usage.get(name)
    if value is None:
        return NOTHING
    if isinstance(value, dict):
        return value
    raise UsageMalformed(f"{name} is not an object")


def entries(usage: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The list of objects called `name`, empty when missing or null. Raises `UsageMalformed`."""
    value = usage.get(name)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return value
    raise UsageMalformed(f"{name} is not a list of objects")


def _path(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name
