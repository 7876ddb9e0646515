"""A stream of one dialect that is gone on with in another, for clients of each."""

import json
from collections.abc import Callable
from typing import Any

import anthropic
import openai
import pytest

from controlplane.usage.services import verify_books
from tests.fakes.upstream import stream
from tests.far_and_near import Providers
from tests.integration.routing.stories import QUESTION, broken, chat, chunk, claude, words
from tests.plane import Plane


def test_claude_goes_on_for_gpt(
    ask: Callable[..., list[Any]],
    secret: Callable[..., str],
    claude_at: Callable[..., None],
    providers: Providers,
):
    claude_at("claude")
    providers.does("far", broken([chunk("Once"), chunk(" upon ")]))
    providers.does("claude", stream(claude(" a", " time")))

    chunks = ask(secret("claude/claude-haiku-4-5"), max_tokens=500)

    assert words(chunks) == "Once upon a time"
    assert {each.id for each in chunks} == {"chatcmpl-far"}
    sent = providers.asked("claude")[0].json
    assert sent["messages"][-1]["role"] == "assistant"
    assert "Once upon" in json.dumps(sent["messages"][-1])
    assert 'Once upon "' not in json.dumps(sent["messages"][-1])


def test_gpt_goes_on_for_claude_whose_client_speaks_chat(
    ask: Callable[..., list[Any]],
    secret: Callable[..., str],
    claude_at: Callable[..., None],
    providers: Providers,
):
    claude_at("claude")
    providers.does("claude", broken(claude("Once", " upon")[:-3]))
    providers.does("near", stream(chat(" a time")))
    key = secret("claude/claude-haiku-4-5", "near/gpt-4o")

    chunks = ask(key, model="claude/claude-haiku-4-5", max_tokens=500)

    assert words(chunks) == "Once upon a time"
    assert {each.id for each in chunks} == {"chatcmpl-msg_far"}


@pytest.mark.parametrize("first", ["claude", "gpt"])
def test_clients_of_anthropics_see_one_message(
    first: str,
    plane: Plane,
    secret: Callable[..., str],
    claude_at: Callable[..., None],
    providers: Providers,
):
    claude_at("claude")
    providers.does("claude", broken(claude("Once", " upon")[:-3]))
    providers.does("far", broken([chunk("Once upon")]))
    providers.does("near", stream(chat(" a time")))
    model = "claude/claude-haiku-4-5" if first == "claude" else "far/gpt-4o"
    client = anthropic.Anthropic(
        base_url=plane.url,
        api_key=secret(*dict.fromkeys([model, "near/gpt-4o"])),
        max_retries=0,
    )

    with client, client.messages.stream(model=model, max_tokens=500, messages=QUESTION) as events:
        kinds = [event.type for event in events]
        message = events.get_final_message()

    assert [block.text for block in message.content if block.type == "text"] == ["Once upon a time"]
    assert kinds.count("message_start") == kinds.count("content_block_start") == 1
    assert message.stop_reason == "end_turn"
    assert verify_books() == []


def test_clients_of_responses_see_one_response_where_it_was_translated(
    plane: Plane,
    secret: Callable[..., str],
    claude_at: Callable[..., None],
    providers: Providers,
):
    claude_at("claude")
    providers.does("claude", broken(claude("Once", " upon")[:-3]))
    providers.does("near", stream(chat(" a time")))
    key = secret("claude/claude-haiku-4-5", "near/gpt-4o")

    with (
        openai.OpenAI(base_url=f"{plane.url}/v1", api_key=key, max_retries=0) as client,
        client.responses.stream(
            model="claude/claude-haiku-4-5", input="Tell me a story", max_output_tokens=500
        ) as events,
    ):
        numbers = [event.sequence_number for event in events]
        response = events.get_final_response()

    assert response.output_text == "Once upon a time"
    assert numbers == list(range(len(numbers)))
