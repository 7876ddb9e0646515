"""Requests to `/v1/responses` and what becomes of them, without a network."""

import json
from typing import Any

import pytest
from openai import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from billing.tokens import Tokens
from dataplane.conversation.answer import Choice, Completion, Event, Stop
from dataplane.conversation.parts import Part
from dataplane.conversation.request import Conversation
from dataplane.dialects.responses.dialect import Responses
from dataplane.errors import GatewayError
from dataplane.request import Endpoint, GatewayRequest
from tests.estimates import call

TOKENS = Tokens(input=20, cached_input=5, cache_write=3, output=9, reasoning=4)
_event = TypeAdapter(ResponseStreamEvent)


def asked(**fields: Any) -> GatewayRequest:
    body = {"model": "far/claude", "input": "Hello", **fields}
    found = call(body, Endpoint.RESPONSES)
    found.model_requested = "far/claude"
    return found


def read(**fields: Any) -> Conversation:
    return Responses().read(asked(**fields))


def refused(**fields: Any) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        read(**fields)
    assert refusal.value.status == 400
    return refusal.value


def turns(*items: Any) -> Conversation:
    return read(input=list(items))


def completion(*parts: Part, stop: Stop = Stop.END, **choice: Any) -> Completion:
    answer = Choice(list(parts), stop, **choice)
    return Completion("far-1", "claude-1", [answer], TOKENS, {"input_tokens": 20})


def answered(*parts: Part, stop: Stop = Stop.END, **fields: Any) -> dict[str, Any]:
    """A whole answer, which the SDK finds valid."""
    body = Responses().write(asked(**fields), completion(*parts, stop=stop))
    Response.model_validate_json(body)
    found: dict[str, Any] = json.loads(body)
    return found


def streamed(*events: Event, **fields: Any) -> list[dict[str, Any]]:
    """The events of a stream, each of which the SDK finds valid and in its place."""
    writer = Responses().stream(asked(**fields))
    written = b"".join([*map(writer.write, events), writer.ending()])
    found = [_parsed(event) for event in written.decode().split("\n\n")[:-1]]
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    accumulated(found)
    return found


def accumulated(events: list[dict[str, Any]]) -> Any:
    """What the SDK's stream helper makes of the events: the last it fires."""
    state: Any = ResponseStreamState(input_tools=omit, text_format=omit)
    for event in events:
        fired = state.handle_event(_event.validate_python(event))
    return fired[-1]


def _parsed(event: str) -> dict[str, Any]:
    name, data = event.split("\n")
    parsed: dict[str, Any] = json.loads(data.removeprefix("data: "))
    assert name == f"event: {parsed['type']}"
    return parsed
