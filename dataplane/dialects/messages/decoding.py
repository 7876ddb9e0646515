"""From the bytes of a request to its form."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from dataplane.dialects.faults import fault, is_unknown_field, unsupported
from dataplane.dialects.messages.forms import RequestForm, ToolForm, ToolKind
from dataplane.dialects.nulls import without_nulls
from dataplane.errors import InvalidRequest

# What is anybody's JSON, in which null is a value like any other.
OPAQUE = frozenset({"input_schema", "schema", "input", "input_examples"})
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# Of a type that other providers have nothing like, or that nobody has heard of.
_TYPE = re.compile(r"Invalid value .* - at `\$\.(.*)\.type`$", re.DOTALL)

_encode = msgspec.json.encode
_decode_request = msgspec.json.Decoder(RequestForm).decode
_decode_kind = msgspec.json.Decoder(ToolKind).decode
_decode_tool = msgspec.json.Decoder(ToolForm).decode


def decoded(fields: Mapping[str, msgspec.Raw]) -> RequestForm:
    """Raises `InvalidRequest`, naming what is wrong by its path."""
    form: RequestForm = _read(_encode(fields), _decode_request)
    return form


def decoded_tool(raw: msgspec.Raw, path: str) -> ToolForm:
    """A tool of the client's own; one that Anthropic defined or runs is nobody else's."""
    try:
        kind = _decode_kind(raw).type
    except UNREADABLE:
        kind = None
    if kind not in (None, "custom"):
        raise unsupported(path, "it is a tool of Anthropic's")
    form: ToolForm = _read(bytes(raw), _decode_tool, path)
    return form


def _read(body: bytes, decode: Any, path: str = "") -> Any:
    try:
        try:
            return decode(body)
        except msgspec.ValidationError as error:
            if not is_unknown_field(error):
                raise
            return decode(_encode(without_nulls(msgspec.json.decode(body), OPAQUE)))
    except msgspec.ValidationError as error:
        raise _named(_at(path, error) if path else error) from error
    except UNREADABLE as error:
        raise InvalidRequest("invalid_json", "The request body cannot be read as JSON.") from error


def _named(error: msgspec.ValidationError) -> InvalidRequest:
    if found := _TYPE.match(str(error)):
        return unsupported(found.group(1), "the provider knows nothing of this type")
    return fault(error)


def _at(path: str, error: msgspec.ValidationError) -> msgspec.ValidationError:
    """The same of a value that stands elsewhere than at the top."""
    what, where, rest = str(error).partition(" - at `$")
    return msgspec.ValidationError(f"{what} - at `$.{path}{rest if where else '`'}")
