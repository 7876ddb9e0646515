"""What is wrong with a request, said by the path of the field."""

import re

import msgspec

from dataplane.errors import InvalidRequest, Unsupported

NOTHING_LIKE_IT = "the provider has nothing like it"
NAME_LENGTH_MAX = 200

_WHERE = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`$")
_EXPECTED = re.compile(r"Expected `([a-z |]+)`")
_WORDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "a boolean",
    "array": "a list",
    "object": "an object",
}


def invalid(path: str, what: str) -> InvalidRequest:
    return InvalidRequest("invalid_field", f"'{path}' must be {what}.", param=path)


def missing(path: str) -> InvalidRequest:
    return InvalidRequest("missing_field", f"'{path}' is required.", param=path)


def unsupported(path: str, why: str = NOTHING_LIKE_IT) -> Unsupported:
    """For what is said well, and can be said to a provider of the same dialect alone."""
    message = f"'{path}' cannot be passed on: {why}."
    return Unsupported("unsupported_parameter", message, param=path)


def is_unknown_field(error: msgspec.ValidationError) -> bool:
    return _UNKNOWN.match(_WHERE.sub("", str(error))) is not None


def fault(error: msgspec.ValidationError) -> InvalidRequest:
    """In the contract's words, for what the decoder found."""
    text = str(error)
    where = found.group(1) if (found := _WHERE.search(text)) else ""
    what = _WHERE.sub("", text)
    if unknown := _UNKNOWN.match(what):
        return unsupported(_joined(where, unknown.group(1)), "it is not known here")
    if absent := _MISSING.match(what):
        return missing(_joined(where, absent.group(1)))
    if (expected := _EXPECTED.match(what)) and ", got" in what:
        kinds = [_WORDS[kind] for kind in expected.group(1).split(" | ") if kind in _WORDS]
        return invalid(where, " or ".join(kinds) or "of another type")
    return invalid(where, "one of the values that it can have")


def _joined(where: str, name: str) -> str:
    name = name[:NAME_LENGTH_MAX]
    return f"{where}.{name}" if where else name
