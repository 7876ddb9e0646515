"""Reading a request's fields: a wrong one is refused by its name."""

from typing import Any, TypeVar

from controlplane.simulator.replies import Json, Refused

CHOICES_MAX = 16
Kind = TypeVar("Kind")


def optional(request: Json, name: str, kind: type[Kind]) -> Kind | None:
    """The field, or None where it is missing or null."""
    value = request.get(name)
    if value is not None and (not isinstance(value, kind) or _is_bool_as_int(value, kind)):
        raise Refused(f"'{name}' must be of type {kind.__name__}.", param=name)
    return value


def required(request: Json, name: str, kind: type[Kind]) -> Kind:
    value = optional(request, name, kind)
    if value is None:
        raise Refused(f"'{name}' is missing.", param=name, code="missing_field")
    return value


def whole_number(request: Json, name: str, *, most: int | None = None) -> int | None:
    value = optional(request, name, int)
    if value is not None and (value < 1 or (most is not None and value > most)):
        raise Refused(f"'{name}' is out of range.", param=name)
    return value


def choices(request: Json) -> int:
    return whole_number(request, "n", most=CHOICES_MAX) or 1


def stop_sequences(request: Json) -> list[str]:
    stop = request.get("stop") or []
    return [stop] if isinstance(stop, str) else [mark for mark in stop if isinstance(mark, str)]


def _is_bool_as_int(value: Any, kind: type) -> bool:
    return kind is int and isinstance(value, bool)
