"""Reading what a server should not have sent, as far as it tells what the call consumed.

An answer that came is paid for, so nonsense in its usage must not make it one that never came: the
usage is handed on as it is, and the books judge it.
"""

import json
from typing import Any, Generic, TypeVar

import msgspec

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


def with_tier(usage: Any, service_tier: Any) -> Any:
    """The usage with the tier that stands next to it in the answer."""
    if isinstance(usage, dict) and isinstance(service_tier, str):
        return {**usage, "service_tier": service_tier}
    return usage
