"""From the bytes of a request to its form."""

from collections.abc import Mapping

import msgspec

from dataplane.dialects.chat_completions.forms import RequestForm
from dataplane.dialects.faults import fault, is_unknown_field
from dataplane.dialects.nulls import without_nulls
from dataplane.errors import InvalidRequest

# JSON schemas, in which null is a value like any other.
OPAQUE = frozenset({"parameters", "schema"})

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(RequestForm).decode


def decoded(fields: Mapping[str, msgspec.Raw]) -> RequestForm:
    """Raises `InvalidRequest`, naming what is wrong by its path."""
    body = _encode(fields)
    try:
        try:
            return _decode(body)
        except msgspec.ValidationError as error:
            if not is_unknown_field(error):
                raise
            return _decoded_without_nulls(body)
    except msgspec.ValidationError as error:
        raise fault(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest("invalid_json", "The request body cannot be read as JSON.") from error


def _decoded_without_nulls(body: bytes) -> RequestForm:
    """A field that is null asks for nothing, so it need not be known."""
    return msgspec.convert(without_nulls(msgspec.json.decode(body), OPAQUE), RequestForm)
