"""Requests to `/v1/messages` and what becomes of them, without a network."""

import json
from typing import Any

import pytest
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from billing.tokens import Tokens
from dataplane.conversation.answer import Choice, Completion, Event, Stop
from dataplane.conversation.parts import Part
from dataplane.conversation.request import Conversation
from dataplane.dialects.messages import Messages
from dataplane.errors import GatewayError
from dataplane.request import Endpoint, GatewayRequest
from tests.estimates import call

TOKENS = Tokens(input=20, cached_input=5, cache_write=3, output=9, reasoning=4)
HELLO = {"role": "user", "content": "Hello"}
_event = TypeAdapter(RawMessageStreamEvent)


def asked(endpoint: Endpoint = Endpoint.MESSAGES, **fields: Any) -> GatewayRequest:
    """What is None is left out."""
    body = {"model": "far/gpt", "max_tokens": 100, "messages": [HELLO], **fields}
    found = call({name: value for name, value in body.items() if value is not None}, endpoint)
    found.model_requested = "far/gpt"
    return found


def read(**fields: Any) -> Conversation:
    return Messages().read(asked(**fields))


def refused(**fields: Any) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        read(**fields)
    assert refusal.value.status == 400
    return refusal.value


def blocks(*content: Any) -> list[Part]:
    """The parts of one message, behind the calls that its results answer."""
    ids = [block["tool_use_id"] for block in content if block.get("type") == "tool_result"]
    calls = [{"type": "tool_use", "id": each, "name": f"n_{each}", "input": {}} for each in ids]
    before = [{"role": "assistant", "content": calls}] if calls else []
    conversation = read(messages=[*before, {"role": "user", "content": list(content)}])
    return conversation.messages[-1].parts


def said(*content: Any) -> list[Part]:
    """The parts of a message of the assistant's."""
    turns = [HELLO, {"role": "assistant", "content": list(content)}, HELLO]
    return read(messages=turns).messages[1].parts


def completion(*parts: Part, stop: Stop = Stop.END, **choice: Any) -> Completion:
    answer = Choice(list(parts), stop, **choice)
    return Completion("far-1", "gpt-1", [answer], TOKENS, {"prompt_tokens": 20})


def answered(*parts: Part, stop: Stop = Stop.END, **choice: Any) -> dict[str, Any]:
    """A whole answer, which the SDK finds valid."""
    body = Messages().write(asked(), completion(*parts, stop=stop, **choice))
    Message.model_validate_json(body)
    found: dict[str, Any] = json.loads(body)
    return found


def streamed(*events: Event) -> list[dict[str, Any]]:
    """The events of a stream, each of which the SDK finds valid."""
    writer = Messages().stream(asked(stream=True))
    written = b"".join([*map(writer.write, events), writer.ending()])
    found = [_parsed(event) for event in written.decode().split("\n\n")[:-1]]
    for event in found:
        _event.validate_python(event)
    one_block_at_a_time(found)
    return found


def one_block_at_a_time(events: list[dict[str, Any]]) -> None:
    """Each is begun, continued and ended under the next number; the message is around them."""
    open_block, number = None, 0
    for event in events:
        if event["type"] == "content_block_start":
            assert (open_block, event["index"]) == (None, number)
            open_block = number
        elif event["type"].startswith("content_block"):
            assert event["index"] == open_block
        if event["type"] == "content_block_stop":
            open_block, number = None, number + 1
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])
    assert open_block is None


def accumulated(*events: Event) -> Any:
    """The message that the SDK's stream helper makes of the events."""
    snapshot: Any = None
    buffers: dict[int, bytes] = {}
    for event in streamed(*events):
        snapshot = accumulate_event(
            event=_event.validate_python(event), current_snapshot=snapshot, json_bufs=buffers
        )
    return snapshot


def _parsed(event: str) -> dict[str, Any]:
    name, data = event.split("\n")
    parsed: dict[str, Any] = json.loads(data.removeprefix("data: "))
    assert name == f"event: {parsed['type']}"
    return parsed
