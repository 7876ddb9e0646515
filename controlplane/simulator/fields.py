"""Reading a request's fields: a wrong one is refused by its name."""

from typing import Any, TypeVar

from controlplane.simulator.replies import Json, Refused

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


def inner(value: Any, *names: str) -> Json:
    """The object that is found inside by these names; an empty one where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def whole_number(request: Json, name: str, *, most: int | None = None) -> int | None:
    value = optional(request, name, int)
    if value is not None and (value < 1 or (most is not None and value > most)):
        raise Refused(f"'{name}' is out of range.", param=name)
    return value


def words(value: Any) -> list[str]:
    """One text or many; what is no text is none."""
    several = value if isinstance(value, list) else [value]
    return [mark for mark in several if isinstance(mark, str)]


def objects(value: Any) -> list[Json]:
    """The objects of a list; anything else is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts_of(parts: Any, name: str = "text") -> list[str]:
    """The texts of a list of parts, or the text that stands instead of a list."""
    if isinstance(parts, str):
        return [parts]
    return [part[name] for part in objects(parts) if isinstance(part.get(name), str)]


def _is_bool_as_int(value: Any, kind: type) -> bool:
    return kind is int and isinstance(value, bool)
