"""Requests to `/v1/chat/completions` and what becomes of them, without a network."""

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from billing.tokens import Tokens
from dataplane.conversation.answer import Choice, Completion, Event, Stop
from dataplane.conversation.parts import Part
from dataplane.conversation.request import Conversation
from dataplane.dialects.chat_completions import ChatCompletions
from dataplane.errors import InvalidRequest
from dataplane.request import GatewayRequest
from tests.estimates import call

TOKENS = Tokens(input=20, cached_input=5, cache_write=3, output=9, reasoning=4)
HELLO = {"role": "user", "content": "Hello"}

Fields = dict[str, Any]


def asked(**fields: Any) -> GatewayRequest:
    found = call({"model": "far/claude", "messages": [HELLO], **fields})
    found.model_requested = "far/claude"
    return found


def read(**fields: Any) -> Conversation:
    return ChatCompletions().read(asked(**fields))


def turns(*messages: Any) -> Conversation:
    return read(messages=[*messages])


def refused(**fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refusal:
        read(**fields)
    return refusal.value


def completion(*parts: Part, stop: Stop = Stop.END) -> Completion:
    return Completion("far-1", "claude-1", [Choice([*parts], stop)], TOKENS, {"input_tokens": 20})


def answered(*parts: Part, stop: Stop = Stop.END, **fields: Any) -> Fields:
    """A whole answer, which the SDK finds valid."""
    body = ChatCompletions().write(asked(**fields), completion(*parts, stop=stop))
    ChatCompletion.model_validate_json(body)
    found: Fields = json.loads(body)
    return found


def message(*parts: Part, **fields: Any) -> Fields:
    found: Fields = answered(*parts, **fields)["choices"][0]["message"]
    return found


def written(*events: Event, **fields: Any) -> bytes:
    writer = ChatCompletions().stream(asked(**fields))
    return b"".join([*map(writer.write, events), writer.ending()])


def streamed(*events: Event, **fields: Any) -> list[Fields]:
    """The chunks of a stream, each of which the SDK finds valid."""
    *chunks, done, rest = written(*events, **fields).decode().split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    found = [json.loads(chunk.removeprefix("data: ")) for chunk in chunks]
    for chunk in found:
        ChatCompletionChunk.model_validate(chunk)
    return found


def deltas(*events: Event, **fields: Any) -> list[Fields]:
    """What is new in each chunk that has a choice."""
    chunks = streamed(*events, **fields)
    return [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
