"""The turns of a conversation as Claude takes them."""

import base64
from typing import Any

import pytest

from dataplane.conversation.parts import (
    CacheMark,
    Media,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import Message
from dataplane.conversation.signatures import marked
from dataplane.providers.base import Untranslatable
from tests.unit.providers.anthropic.asking import (
    ADAPTIVE,
    asking,
    assistant,
    deployment,
    request,
    sent,
    user,
)

PNG = base64.b64encode(b"png").decode()
NOTES = base64.b64encode("Grüße".encode()).decode()
WEATHER = ToolCall("call_1", "get_weather", '{"city":"Ulm"}', path="messages[1].tool_calls[0]")


async def written(*messages: Message, model: str = ADAPTIVE) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await sent(asking(*messages), model))["messages"]
    return found


async def block_of(part: Part, role: str = "user") -> Any:
    """How a part stands in a turn behind a text."""
    turns = await written(user("Hello"), Message(role, [part]))
    return turns[-1]["content"][-1]


async def test_turns_of_one_role_in_a_row_are_one():
    turns = await written(user("a"), user("b"), assistant("c"), assistant("d"), user("e"))

    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert [block["text"] for turn in turns for block in turn["content"]] == list("abcde")


async def test_empty_texts_are_left_out_and_turns_of_nothing_too():
    turns = await written(user("a", ""), assistant(""), user("b"))

    assert turns == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        }
    ]


@pytest.mark.parametrize(
    ("part", "role", "expected"),
    [
        (Text("Hi"), "user", {"type": "text", "text": "Hi"}),
        (
            Text("Hi", cache=CacheMark()),
            "user",
            {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
        ),
        (Refusal("No."), "assistant", {"type": "text", "text": "No."}),
        (
            Reasoning("Hm", "EqUB+/="),
            "assistant",
            {"type": "thinking", "thinking": "Hm", "signature": "EqUB+/="},
        ),
        (
            Reasoning(redacted="EmwK"),
            "assistant",
            {"type": "redacted_thinking", "data": "EmwK"},
        ),
        (
            WEATHER,
            "assistant",
            {
                "type": "tool_use",
                "id": "call_1",
                "name": "get_weather",
                "input": {"city": "Ulm"},
            },
        ),
        (
            ToolCall("functions.get:0", "get", ""),
            "assistant",
            {"type": "tool_use", "id": "functions_get_0", "name": "get", "input": {}},
        ),
        (
            ToolResult("functions.get:0", [Text("7")]),
            "user",
            {
                "type": "tool_result",
                "tool_use_id": "functions_get_0",
                "content": [{"type": "text", "text": "7"}],
            },
        ),
        (ToolResult("c", []), "user", {"type": "tool_result", "tool_use_id": "c"}),
        (
            ToolResult("c", [Media("image", "image/png", data=PNG)], is_error=True),
            "user",
            {
                "type": "tool_result",
                "tool_use_id": "c",
                "content": [
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                    }
                ],
                "is_error": True,
            },
        ),
        (
            Media("image", "image/jpg", data=PNG, cache=CacheMark("5m")),
            "user",
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/jpeg", "data": PNG},
                "cache_control": {"type": "ephemeral", "ttl": "5m"},
            },
        ),
        (
            Media("image", None, url="https://a.test/b.png"),
            "user",
            {"type": "image", "source": {"type": "url", "url": "https://a.test/b.png"}},
        ),
        (
            Media("document", "application/pdf", data=PNG, name="a.pdf", cites=True),
            "user",
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": PNG},
                "title": "a.pdf",
                "citations": {"enabled": True},
            },
        ),
        (
            Media("document", None, url="https://a.test/b.pdf"),
            "user",
            {"type": "document", "source": {"type": "url", "url": "https://a.test/b.pdf"}},
        ),
        (
            Media("document", "text/markdown; charset=utf-8", data=NOTES),
            "user",
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"},
            },
        ),
    ],
)
async def test_parts(part: Part, role: str, expected: Any):
    assert await block_of(part, role) == expected


async def test_arguments_go_on_to_the_byte():
    call = ToolCall("c", "add", '{"b": 1.0, "a": 12345678901234567890123, "a": "\\u00e9"}')
    asked = await request(asking(user("Hi"), assistant(call), user(ToolResult("c", []))))
    assert b'"input":{"b": 1.0, "a": 12345678901234567890123, "a": "\\u00e9"}' in asked.body


async def test_a_stored_file_needs_a_beta_feature():
    stored = asking(user(Media("document", None, file_id="file_1")))
    asked = await request(stored, deployment())
    assert b'"source":{"type":"file","file_id":"file_1"}' in asked.body
    assert asked.headers["anthropic-beta"] == "files-api-2025-04-14"


@pytest.mark.parametrize(
    ("part", "ignored"),
    [
        (Reasoning("Hm", path="messages[1].reasoning_content"), "messages[].reasoning_content"),
        (Reasoning("Hm", marked("CAE=", "gemini"), path="messages[12].x"), "messages[].x"),
        (Reasoning(redacted=marked("gAAA", "openai"), path="input[3]"), "input[]"),
        (Reasoning("Hm", "", path="input[3]"), "input[]"),
    ],
)
async def test_thoughts_of_others_are_left_out_and_the_client_is_told(part: Part, ignored: str):
    asked = asking(user("a"), assistant(part, "b"), user("c"), assistant(part, "d"), user("e"))

    turns = (await sent(asked))["messages"]

    assert [block["text"] for turn in turns for block in turn["content"]] == list("abcde")
    assert asked.ignored == [ignored]


async def test_how_closely_to_look_is_left_out_and_the_client_is_told():
    asked = asking(user(Media("image", None, url="https://a.test", detail="low", path="input[0]")))
    await sent(asked)
    assert asked.ignored == ["input[].detail"]


@pytest.mark.parametrize(
    "part",
    [
        Media("audio", "audio/wav", data=PNG, path="here"),
        Media("video", "video/mp4", url="https://a.test", path="here"),
        Media("image", "image/tiff", data=PNG, path="here"),
        Media("image", None, data=PNG, path="here"),
        Media("document", "application/zip", data=PNG, path="here"),
        Media("document", "text/plain", data="=", path="here"),
        Media("document", "text/plain", data="/w==", path="here"),
        ToolCall("c", "add", "[1]", path="here"),
        ToolCall("c", "add", '{"a":', path="here"),
        ToolCall("c", "add", "NaN", path="here"),
        ToolCall("c", "add", '{"a": "\ud800"}', path="here"),
        Text("", "here"),
    ],
)
async def test_what_claude_does_not_take_is_refused_by_its_path(part: Part):
    role = "assistant" if isinstance(part, ToolCall) else "user"
    with pytest.raises(Untranslatable) as raised:
        await written(user("Hi"), Message(role, [part]), user("Go on"))
    assert raised.value.field == "here"


async def test_a_conversation_without_a_turn_is_refused():
    with pytest.raises(Untranslatable) as raised:
        await written(assistant(""))
    assert raised.value.field == "messages"


async def test_instructions_between_turns_are_for_models_that_take_them():
    later = Message("system", [Text("Be brief", "messages[1]")])

    turns = await written(user("Hi"), later, model="claude-opus-4-8")
    assert turns[1] == {"role": "system", "content": [{"type": "text", "text": "Be brief"}]}
    with pytest.raises(Untranslatable) as raised:
        await written(user("Hi"), later, model="claude-opus-4-7")
    assert raised.value.field == "messages[1]"
