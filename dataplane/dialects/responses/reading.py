"""Values of a request, each by the path that an error names it with."""

from collections.abc import Collection
from typing import Any

import msgspec

from dataplane.dialects.faults import NAME_LENGTH_MAX, invalid, missing, unsupported

NO_STATE = "the provider keeps no state; send the turns in 'input'"

Object = dict[str, Any]

_decode = msgspec.json.decode


def decoded(raw: msgspec.Raw, path: str) -> Any:
    """The value of a field that came as bytes. Raises `InvalidRequest`."""
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(path, "readable JSON") from error


def text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise invalid(path, "a string")
    return value


def flag(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise invalid(path, "a boolean")
    return value


def count(value: Any, path: str, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise invalid(path, f"a whole number from {least} on")
    return value


def number(value: Any, path: str, *, most: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
        raise invalid(path, f"a number from 0 to {most:g}")
    return value


def one_of(value: Any, path: str, words: Collection[str]) -> str:
    if not isinstance(value, str) or value not in words:
        raise invalid(path, f"one of {', '.join(words)}")
    return value


def mapping(value: Any, path: str) -> Object:
    if not isinstance(value, dict):
        raise invalid(path, "an object")
    return value


def listed(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(path, "a list")
    return value


def required(of: Object, name: str, path: str) -> str:
    """A text that must be there and say something."""
    if (value := of.get(name)) is None:
        raise missing(f"{path}.{name}")
    if not text(value, f"{path}.{name}"):
        raise invalid(f"{path}.{name}", "a string that is not empty")
    return str(value)


def optional(of: Object, name: str, path: str) -> str | None:
    value = of.get(name)
    return None if value is None else text(value, f"{path}.{name}")


def nothing_but(of: Object, known: Collection[str], path: str) -> None:
    """Raises `Unsupported` for the first thing else that the object says."""
    for name, value in of.items():
        if name not in known and value is not None:
            raise unsupported(f"{path}.{name[:NAME_LENGTH_MAX]}")
