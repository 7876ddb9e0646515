"""What is asked: a request as a client would send it, or only how large it would be."""

from datetime import datetime
from typing import Any

import msgspec

from dataplane.presence import Presence
from dataplane.request import Endpoint, GatewayRequest

TEXT_BYTES_PER_TOKEN = 4

Fields = dict[str, Any]


class Question(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Either `request` is there, or `model` and `input_tokens`."""

    virtual_key: str
    endpoint: str
    request: msgspec.Raw = msgspec.Raw()
    model: str | None = None
    input_tokens: int = 0
    max_output_tokens: int | None = None


def as_call(question: Question, at: datetime) -> GatewayRequest:
    """The request, not read yet."""
    endpoint = Endpoint(question.endpoint.removeprefix("/v1/"))
    call = GatewayRequest.new(endpoint, {}, Presence(), at)
    call.body = bytes(question.request) or msgspec.json.encode(_sketched(question, endpoint))
    return call


def _sketched(question: Question, endpoint: Endpoint) -> Fields:
    """A text of so many tokens, at four bytes each, and the endpoint's limit of the output.

    Providers refuse an empty text, so one token is the least.
    """
    text = "x" * (TEXT_BYTES_PER_TOKEN * max(1, question.input_tokens))
    messages = [{"role": "user", "content": text}]
    ways: dict[Endpoint, tuple[Fields, str | None]] = {
        Endpoint.CHAT_COMPLETIONS: ({"messages": messages}, "max_tokens"),
        Endpoint.COMPLETIONS: ({"prompt": text}, "max_tokens"),
        Endpoint.EMBEDDINGS: ({"input": text}, None),
        Endpoint.RESPONSES: ({"input": text}, "max_output_tokens"),
        Endpoint.MESSAGES: ({"messages": messages}, "max_tokens"),
        Endpoint.COUNT_TOKENS: ({"messages": messages}, None),
    }
    content, limit = ways[endpoint]
    limits = {limit: question.max_output_tokens} if limit and question.max_output_tokens else {}
    return {"model": question.model, **content, **limits}
