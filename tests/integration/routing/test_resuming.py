"""A stream that breaks off after its first content: an error by default, the rest if a key wishes.

The official SDKs are the clients; the far ends speak their dialects as they are documented.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import anthropic
import openai
import pytest

from controlplane.usage.services import verify_books
from dataplane.resuming import INSTRUCTION
from tests import catalog
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, stream, whole
from tests.far_and_near import CHUNKS, Client, Providers
from tests.plane import Plane, booked

QUESTION: list[Any] = [{"role": "user", "content": "Tell me a story"}]
NAMES = ("provider", "model")
HEAD = {"id": "chatcmpl-far", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}


def chunk(text: str, **head: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + json.dumps({**HEAD, **head, "choices": [choice]}).encode() + b"\n\n"


def chat(*texts: str, **head: Any) -> list[bytes]:
    """A whole stream of OpenAI's."""
    return [*(chunk(text, **head) for text in texts), *CHUNKS[2:]]


def claude_event(type: str, **fields: Any) -> bytes:
    data = json.dumps({"type": type, **fields})
    return f"event: {type}\ndata: {data}\n\n".encode()


def claude_delta(text: str) -> bytes:
    delta = {"type": "text_delta", "text": text}
    return claude_event("content_block_delta", index=0, delta=delta)


CLAUDE_BEGINS = [
    claude_event(
        "message_start",
        message={
            "id": "msg_far",
            "type": "message",
            "role": "assistant",
            "model": "claude",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 1},
        },
    ),
    claude_event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
]
CLAUDE_ENDS = [
    claude_event("content_block_stop", index=0),
    claude_event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9}),
    claude_event("message_stop"),
]


def claude(*texts: str) -> list[bytes]:
    """A whole stream of Anthropic's."""
    return [*CLAUDE_BEGINS, *(claude_delta(text) for text in texts), *CLAUDE_ENDS]


def broken(pieces: list[bytes]) -> Scripted:
    return stream(pieces, breaks_off=True)


@pytest.fixture
def claude_at(upstream: FakeUpstream, providers: Providers) -> Callable[..., None]:
    """Makes a provider of Anthropic's kind with one model."""

    def make(name: str, model: str = "claude-haiku-4-5") -> None:
        of = catalog.provider(name, base_url=f"{upstream.url}/{name}", kind="anthropic")
        catalog.priced_model(model, of=of)

    return make


@pytest.fixture
def secret(plane: Plane, providers: Providers) -> Callable[..., str]:
    """The secret of a key that has streams resumed at these fallbacks."""

    def make(*fallbacks: str, **policy: Any) -> str:
        entries = [
            dict(zip(("provider", "model"), each.split("/"), strict=True)) for each in fallbacks
        ]
        secret = catalog.key("vk-resume", fallbacks=entries, stream_failure="resume", **policy)
        for name in ("near/gpt-4o", *fallbacks):
            plane.wait_for_catalog(name)
        return secret

    return make


@pytest.fixture
def ask(plane: Plane) -> Callable[..., list[Any]]:
    """Asks for a stream with OpenAI's SDK, and gives its chunks."""

    def ask(secret: str, model: str = "far/gpt-4o", **fields: Any) -> list[Any]:
        with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
            return list(
                client.chat.completions.create(
                    model=model, messages=QUESTION, stream=True, **fields
                )
            )

    return ask


def words(chunks: list[Any]) -> str:
    return "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)


def test_without_the_wish_it_ends_with_an_error(client: Client, providers: Providers):
    providers.does("far", broken([chunk("Once upon")]))
    providers.does("near", stream(chat(" a time")))

    response = client.ask(stream=True)

    assert "Once upon" in response.text
    assert '"upstream_failed"' in response.text
    assert providers.asked("near") == []


@pytest.mark.parametrize(
    "failure",
    [
        broken([chunk("Once"), chunk(" upon")]),
        stream([chunk("Once"), chunk(" upon")]),
        stream([chunk("Once"), chunk(" upon")], stall_seconds=3),
        stream([chunk("Once"), chunk(" upon"), b"data: {oops\n\n"]),
        stream([chunk("Once"), chunk(" upon"), b'data: {"error": {"message": "gone"}}\n\n']),
    ],
    ids=["reset", "early end", "stall", "garbage", "error"],
)
def test_with_it_the_client_sees_one_whole_stream(
    failure: Scripted,
    ask: Callable[..., list[Any]],
    secret: Callable[..., str],
    providers: Providers,
):
    providers.does("far", failure)
    providers.does("near", stream(chat(" a", " time", id="chatcmpl-near")))

    chunks = ask(secret("near/gpt-4o"), stream_options={"include_usage": True})

    assert words(chunks) == "Once upon a time"
    assert {each.id for each in chunks} == {"chatcmpl-far"}
    assert [each.choices[0].finish_reason for each in chunks if each.choices][-1] == "stop"
    assert sum(bool(each.usage) for each in chunks) == 1
    sent = providers.asked("near")[0].json["messages"]
    assert [turn["content"] for turn in sent[1:]] == ["Once upon", INSTRUCTION]


def test_the_record_says_so_and_both_attempts_are_paid_for(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    providers.does("far", broken([chunk("Once upon")]))
    providers.does("near", stream(chat(" a time")))

    ask(secret("near/gpt-4o"))

    record = booked().get()
    first, second = record.attempts
    assert (record.status, record.error_code, record.provider) == (200, None, "near")
    assert (first["error_code"], "resumed" in first) == ("answer_truncated", False)
    assert (second["error_code"], second["resumed"]) == (None, True)
    assert Decimal(first["cost_usd"]) > 0
    assert record.cost_usd == Decimal(first["cost_usd"]) + Decimal(second["cost_usd"])
    assert record.usage_source == "estimated", "a part of it is"
    assert (record.input_tokens, record.output_tokens) == (3, 5)
    assert verify_books() == []


def test_ids_that_are_not_openais_are_kept(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    providers.does("far", broken([chunk("Once", id="gen-1")]))
    providers.does("near", stream(chat(" upon")))

    assert {each.id for each in ask(secret("near/gpt-4o"))} == {"gen-1"}


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


def test_without_a_fallback_the_same_is_asked_for_the_rest(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    def script(asked: Asked) -> Scripted:
        is_rest = len(asked.json["messages"]) > 1
        return stream(chat(" a time")) if is_rest else broken([chunk("Once upon")])

    providers.scripts["far"] = script

    assert words(ask(secret())) == "Once upon a time"
    assert [each["provider"] for each in booked().get().attempts] == ["far", "far"]


def test_it_may_break_off_again_and_again(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    providers.does("far", broken([chunk("Once")]))
    providers.does("near", broken([chunk(" upon")]))

    with pytest.raises(openai.APIError):
        ask(secret("near/gpt-4o"))

    record = booked().get()
    assert [each["provider"] for each in record.attempts] == ["far", *["near"] * 4]
    assert record.error_code == "upstream_failed"
    assert record.cost_usd == sum(Decimal(each["cost_usd"]) for each in record.attempts)
    assert verify_books() == []


def test_if_nobody_goes_on_it_ends_with_the_error_and_is_booked(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    providers.does("far", broken([chunk("Once upon")]))
    providers.does("near", whole({"error": {"message": "no"}}, 500))

    with pytest.raises(openai.APIError):
        ask(secret("near/gpt-4o"))

    record = booked().get()
    assert (record.status, record.error_code, record.provider) == (200, "upstream_failed", "far")
    assert record.usage_source == "estimated"
    assert record.cost_usd == Decimal(record.attempts[0]["cost_usd"]) > 0
    assert verify_books() == []


def test_an_answer_that_calls_tools_is_not_resumed(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    function = {"name": "f", "arguments": "{"}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    choice = {"index": 0, "delta": {"tool_calls": [call]}}
    begun = b"data: " + json.dumps({**HEAD, "choices": [choice]}).encode() + b"\n\n"
    providers.does("far", broken([chunk("Let me see"), begun]))

    with pytest.raises(openai.APIError):
        ask(secret("near/gpt-4o"))

    assert providers.asked("near") == []


def test_a_hard_budget_holds_for_both(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    from controlplane.budgets.models import Budget

    Budget.objects.update(limit_usd=Decimal("0.0055"))
    providers.does("far", broken([chunk("Once upon " * 100)]))
    providers.does("near", stream(chat(" a time")))

    with pytest.raises(openai.APIError):
        ask(secret("near/gpt-4o"), max_tokens=400)

    assert providers.asked("near") == []
    record = booked().get()
    assert record.cost_usd > 0
    assert verify_books() == []
