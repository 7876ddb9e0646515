"""Conversations for OpenAI and servers like it, and what they are asked, without a network."""

import json
from typing import Any

import httpx
import pytest

from dataplane.conversation.answer import Event
from dataplane.conversation.parts import Part, Text
from dataplane.conversation.request import Conversation, Message
from dataplane.providers.azure_openai import AzureOpenAI
from dataplane.providers.base import Reply, Untranslatable
from dataplane.providers.openai import OpenAI
from dataplane.providers.openai_conversing import OpenAIConversing
from tests.estimates import call, deployment

HELLO = Message("user", [Text("Hello", "messages[0].content")])
PROVIDERS = {
    "openai": OpenAIConversing(OpenAI()),
    "openai_compatible": OpenAIConversing(OpenAI()),
    "azure_openai": OpenAIConversing(AzureOpenAI()),
}

Fields = dict[str, Any]


async def body(
    *messages: Message,
    kind: str = "openai",
    vendor: str = "openai",
    streamed: bool = False,
    **asked: Any,
) -> Fields:
    """What the provider is asked."""
    conversation = Conversation([*messages] or [HELLO], **asked)
    return await body_of(conversation, kind=kind, vendor=vendor, streamed=streamed)


async def body_of(
    conversation: Conversation,
    *,
    kind: str = "openai",
    vendor: str = "openai",
    streamed: bool = False,
) -> Fields:
    request = call({})
    request.streamed = streamed
    far = deployment(kind=kind, vendor=vendor)
    written = await PROVIDERS[kind].request(conversation, request, far)
    found: Fields = json.loads(written.body)
    return found


async def refused(*messages: Message, **asked: Any) -> Untranslatable:
    with pytest.raises(Untranslatable) as refusal:
        await body(*messages, **asked)
    return refusal.value


async def messages_for(*messages: Message, **options: Any) -> list[Fields]:
    found: list[Fields] = (await body(*messages, **options))["messages"]
    return found


def user(*parts: Part) -> Message:
    return Message("user", [*parts])


def assistant(*parts: Part) -> Message:
    return Message("assistant", [*parts])


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, httpx.Headers(headers), raw)


def chunk(delta: Any = None, finish_reason: Any = None, **fields: Any) -> Fields:
    """One chunk of a stream."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish_reason}
    return {"id": "c-1", "model": "gpt-1", "choices": [choice], **fields}


def raw(event: Any) -> bytes:
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    return b"data: " + data + b"\n\n"


def events(*chunks: Any) -> list[Event]:
    """What a stream of chunks says; bytes are whole events as they stand."""
    reader = PROVIDERS["openai"].read_stream()
    pieces = [each if isinstance(each, bytes) else raw(each) for each in chunks]
    return [event for piece in pieces for event in reader.read(piece)]


def kinds(*chunks: Any) -> list[type[Event]]:
    return [type(event) for event in events(*chunks)]
