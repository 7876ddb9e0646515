"""Reading what a server should not have sent, as far as it tells what the call consumed.

An answer that came is paid for, so nonsense in its usage must not make it one that never came: the
usage is handed on as it is, and the books judge it.
"""

import json
from typing import Any, Generic, TypeVar

import msgspec

from billing.errors import UsageMalformed
from billing.tokens import NO_TOKENS, Tokens
from billing.usage import read_usage

T = TypeVar("T")


class Unreadable(Exception):
    """Not JSON, or not of the form that was expected."""


class Tolerant(Generic[T]):
    """Decodes one type of message; what JSON does not have (NaN, Infinity, 1e999) is let pass."""

    def __init__(self, of: type[T]) -> None:
        self._of = of
        self._decode = msgspec.json.Decoder(of).decode

    def __call__(self, data: bytes) -> T:
        """Raises `Unreadable`."""
        try:
            return self._decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        try:
            return msgspec.convert(json.loads(data), self._of)
        except (ValueError, RecursionError) as error:
            raise Unreadable from error


def as_json(value: Any) -> str:
    """The JSON of what a server said; half a character, where it cut a text, is escaped."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value)


def tokens_reported(dialect: str, usage: Any) -> Tokens:
    """What a usage object says to clients; nothing where it says nothing or nonsense."""
    if usage is None:
        return NO_TOKENS
    try:
        return read_usage(dialect, usage).tokens
    except UsageMalformed:
        return NO_TOKENS


def with_tier(usage: Any, service_tier: Any) -> Any:
    """The usage with the tier that stands next to it in the answer."""
    if isinstance(usage, dict) and isinstance(service_tier, str):
        return {**usage, "service_tier": service_tier}
    return usage
