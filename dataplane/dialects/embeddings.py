"""OpenAI's `/v1/embeddings`, for clients of providers that speak otherwise.

https://platform.openai.com/docs/api-reference/embeddings. The SDK asks for `base64`: 32-bit floats,
little-endian, and decodes them itself.
"""

import base64
import struct
from typing import Any

import msgspec

from dataplane.conversation.embeddings import Embeddings, EmbeddingsAsked
from dataplane.dialects.faults import invalid, missing, unsupported
from dataplane.request import GatewayRequest

INPUT, DIMENSIONS, ENCODING = "input", "dimensions", "encoding_format"
FLOAT, BASE64 = "float", "base64"
# `metadata` is the usage record's.
KNOWN = frozenset({"model", INPUT, DIMENSIONS, ENCODING, "user", "metadata", "stream"})
PARAMS = {"inputs": INPUT, "end_user": "user"}
TEXTS = "a text, or a list of texts that are not empty"
TOKENS_ARE_OPENAIS = "tokens mean texts to models of OpenAI alone; send the texts"
NULL = b"null"

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.encode


class EmbeddingsDialect:
    """The client's side of `/v1/embeddings`. Answers are never streamed."""

    def read(self, call: GatewayRequest) -> EmbeddingsAsked:
        """Raises `InvalidRequest`."""
        given = {name: raw for name, raw in call.fields.items() if bytes(raw) != NULL}
        for name in given:
            if name not in KNOWN:
                raise unsupported(name, "it is not known here")
        if call.streamed:
            raise unsupported("stream", "embeddings come whole")
        if INPUT not in given:
            raise missing(INPUT)
        _encoding(given)
        dimensions = _value(given, DIMENSIONS)
        if dimensions is not None and (type(dimensions) is not int or dimensions < 1):
            raise invalid(DIMENSIONS, "a whole number from 1 on")
        user = _value(given, "user")
        if user is not None and not isinstance(user, str):
            raise invalid("user", "a string")
        return EmbeddingsAsked(_inputs(_value(given, INPUT)), dimensions, user or None)

    def param(self, name: str) -> str:
        return PARAMS.get(name, name)

    def write(self, call: GatewayRequest, embeddings: Embeddings, input_tokens: int) -> bytes:
        """Raises `OverflowError` for numbers that 32-bit floats do not reach."""
        is_packed = _encoding(call.fields) == BASE64
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": _packed(vector) if is_packed else vector,
            }
            for index, vector in enumerate(embeddings.vectors)
        ]
        usage = {"prompt_tokens": input_tokens, "total_tokens": input_tokens}
        model = embeddings.model or call.model_requested
        return _encode({"object": "list", "data": data, "model": model, "usage": usage})


def _inputs(value: Any) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts:
        raise invalid(INPUT, TEXTS)
    for place, text in enumerate(texts):
        if isinstance(text, int | list) and not isinstance(text, bool):
            raise unsupported(INPUT, TOKENS_ARE_OPENAIS)
        if not isinstance(text, str) or not text:
            raise invalid(INPUT if texts is not value else f"{INPUT}[{place}]", TEXTS)
    return texts


def _encoding(fields: dict[str, msgspec.Raw]) -> str:
    encoding = _value(fields, ENCODING)
    if encoding is None:
        return FLOAT
    if encoding not in (FLOAT, BASE64):
        raise invalid(ENCODING, f"'{FLOAT}' or '{BASE64}'")
    return str(encoding)


def _value(fields: dict[str, msgspec.Raw], name: str) -> Any:
    raw = fields.get(name)
    if raw is None:
        return None
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(name, "readable JSON") from error


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")
