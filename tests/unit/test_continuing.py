"""Going on with an answer that broke off: what is asked for, and what is written."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dataplane.conversation.answer import (
    CitationDelta,
    Event,
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    ToolCallStarted,
)
from dataplane.dialects.chat_completions import ChatCompletions
from dataplane.providers.openai import OpenAI
from dataplane.providers.openai_conversing import OpenAIConversing
from dataplane.request import Endpoint, GatewayRequest
from dataplane.resuming import INSTRUCTION, Resuming, may_be_resumed
from dataplane.snapshot.model import Deployment, RateLimits, VirtualKey
from dataplane.translation.continuing import Continuing
from dataplane.translation.transcript import TEXT_BYTES_MAX, Transcript
from dataplane.translation.translated import Translated, TranslatedStream
from tests import estimates

NO_LIMITS = RateLimits(None, None, None)
KEY = VirtualKey(
    "vk", "acme", None, True, None, None, False, (), (), (), NO_LIMITS, (), {}, (), True
)
WORDS = [Started("id", "model"), TextDelta("Once upon"), TextDelta(" a ")]
CHAT = Translated(ChatCompletions(), OpenAIConversing(OpenAI()))


class Silent:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def write(self, event: Event) -> bytes:
        self.events.append(event)
        return b""

    def ending(self) -> bytes:
        return b""


def transcript(*events: Event) -> Transcript:
    found = Transcript()
    for event in events:
        found.take(event)
    return found


@pytest.mark.parametrize(
    ("events", "can_be"),
    [
        (WORDS, True),
        ([Started("id", "model")], False),
        ([ReasoningDelta("Hm"), *WORDS], True),
        ([ReasoningDelta("Hm", signature="proof"), *WORDS], False),
        ([ReasoningDelta(redacted="sealed"), *WORDS], False),
        ([*WORDS, ToolCallStarted(0, "id", "name")], False),
        ([*WORDS, RefusalDelta("No")], False),
        ([*WORDS, CitationDelta({})], False),
        ([*WORDS, Stopped(Stop.END)], False),
        ([*WORDS, TextDelta("another answer", choice=1)], False),
        ([TextDelta("x" * (TEXT_BYTES_MAX + 1))], False),
    ],
)
def test_nothing_but_words_can_be_continued(events: list[Event], can_be: bool):
    assert transcript(*events).can_be_continued is can_be


def asked(**fields: Any) -> GatewayRequest:
    call = estimates.call(**fields)
    call.key = KEY
    return call


@pytest.mark.parametrize(
    ("fields", "may_be"),
    [
        ({}, True),
        ({"n": 1, "logprobs": False}, True),
        ({"response_format": {"type": "text"}}, True),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, True),
        ({"n": 2}, False),
        ({"logprobs": True}, False),
        ({"response_format": {"type": "json_object"}}, False),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, False),
        ({"modalities": ["text", "audio"]}, False),
    ],
)
def test_only_one_answer_in_plain_text_is_resumed(fields: dict[str, Any], may_be: bool):
    assert may_be_resumed(asked(**fields)) is may_be


def test_only_for_keys_that_wish_it_and_where_there_are_turns():
    call = asked()
    call.key = replace(KEY, resumes_streams=False)
    assert not may_be_resumed(call)
    embedding = estimates.call({"model": "m", "input": "x"}, Endpoint.EMBEDDINGS)
    embedding.key = KEY
    assert not may_be_resumed(embedding)


def resumed(
    call: GatewayRequest, deployment: Deployment, *events: Event
) -> tuple[dict[str, Any], Continuing]:
    stream = TranslatedStream(CHAT.events(), Silent())
    stream.transcript = transcript(*events)
    continuing = Resuming(call, stream).ask(call, deployment, CHAT)
    return json.loads(call.body), continuing


def claude(model: str) -> Deployment:
    return estimates.deployment(model=model, kind="anthropic")


def test_a_model_is_told_to_go_on_with_what_it_said():
    body, continuing = resumed(asked(), estimates.deployment(), *WORDS)

    assert body["messages"] == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Once upon a "},
        {"role": "user", "content": INSTRUCTION},
    ]
    assert continuing.blank == ""


@pytest.mark.parametrize("model", ["claude-3-5-haiku-latest", "claude-sonnet-4-5-20250929"])
def test_claude_takes_the_beginning_of_its_answer_without_white_space_at_its_end(model: str):
    body, continuing = resumed(asked(), claude(model), *WORDS)

    assert body["messages"][-1] == {"role": "assistant", "content": "Once upon a"}
    assert continuing.blank == " "


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("claude-opus-4-6", {}),
        ("claude-sonnet-5", {}),
        ("claude-sonnet-4-5", {"reasoning_effort": "low"}),
    ],
)
def test_but_not_today_and_not_after_thinking(model: str, fields: dict[str, Any]):
    body, _ = resumed(asked(**fields), claude(model), *WORDS)

    assert body["messages"][-1]["content"] == INSTRUCTION


def test_each_deployment_is_asked_from_the_clients_own_request():
    call = asked()
    stream = TranslatedStream(CHAT.events(), Silent())
    stream.transcript = transcript(*WORDS)
    resuming = Resuming(call, stream)
    resuming.ask(call, claude("claude-3-5-haiku-latest"), CHAT)

    resuming.ask(call, estimates.deployment(), CHAT)

    assert len(json.loads(call.body)["messages"]) == 3


def test_a_question_in_a_string_becomes_a_turn():
    call = estimates.call({"model": "m", "input": "Hello"}, Endpoint.RESPONSES)
    call.key = KEY

    body, _ = resumed(call, estimates.deployment(), *WORDS)

    assert body["input"][0] == {"role": "user", "content": "Hello"}
    assert body["input"][1] == {"role": "assistant", "content": "Once upon a "}


def test_what_was_written_counts_against_the_limit():
    body, _ = resumed(asked(max_tokens=100), estimates.deployment(), TextDelta("x" * 200))
    assert body["max_tokens"] == 50

    body, _ = resumed(asked(max_tokens=100), estimates.deployment(), TextDelta("x" * 4000))
    assert body["max_tokens"] == 16


@pytest.mark.parametrize(
    ("blank", "pieces", "written"),
    [
        ("", [" time"], [" time"]),
        (" ", [" time"], ["time"]),
        (" ", ["time"], ["time"]),
        ("\n\n", ["\n", "\n", "Then"], ["Then"]),
        ("\n\n", ["\n", "Then"], ["Then"]),
        ("\n", ["\n\nThen"], ["\nThen"]),
        (" ", ["", " ", "time", " "], ["time", " "]),
    ],
)
def test_white_space_that_the_client_has_is_not_written_twice(
    blank: str, pieces: list[str], written: list[str]
):
    writer = Silent()
    continuing = Continuing(CHAT, writer, Transcript())
    continuing.blank = blank
    stream = continuing.read_stream(asked())
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]

    for chunk in chunks:
        stream.read(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    assert [event.text for event in writer.events if isinstance(event, TextDelta)] == written
    assert not any(isinstance(event, Started) for event in writer.events)
