"""What a request to `/v1/messages` asks for."""

import base64
from typing import Any

import pytest

from dataplane.conversation.parts import (
    CacheMark,
    Media,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import Message, OutputFormat, Thinking, Tool, ToolChoice
from dataplane.dialects.messages import Messages
from dataplane.dialects.messages.signed_calls import sealed
from dataplane.errors import Unsupported
from dataplane.request import Endpoint
from tests.unit.dialects.messages.saying import HELLO, asked, blocks, read, refused, said

EPHEMERAL = {"type": "ephemeral"}
PATH = "messages[0].content[0]"
LATER = "messages[1].content[0]"
PNG = {"type": "base64", "media_type": "image/png", "data": "cG5n"}
SCHEMA = {"type": "object", "properties": {"a": None}, "required": []}
ADD = {"name": "add", "input_schema": SCHEMA}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_plain_question() -> None:
    conversation = read()
    assert conversation.messages == [Message("user", [Text("Hello", "messages[0].content")])]
    assert conversation.max_output_tokens == 100
    assert conversation.ignored == []


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"system": "Be brief"}, "instructions", [Text("Be brief", "system")]),
        ({"system": ""}, "instructions", []),
        (
            {
                "system": [
                    {"type": "text", "text": "Be"},
                    {"type": "text", "text": "brief", "cache_control": EPHEMERAL},
                    {"type": "text", "text": ""},
                ]
            },
            "instructions",
            [Text("Be", "system[0]"), Text("brief", "system[1]", CacheMark())],
        ),
        ({"temperature": 0}, "temperature", 0),
        ({"top_p": 0.5}, "top_p", 0.5),
        ({"top_k": 5}, "top_k", 5),
        ({"stop_sequences": ["END"]}, "stop", ["END"]),
        ({"stop_sequences": None}, "stop", []),
        ({"metadata": {"user_id": "u-1"}}, "end_user", "u-1"),
        ({"metadata": {}}, "end_user", None),
        ({"service_tier": "auto"}, "service_tier", None),
        ({"service_tier": "standard_only"}, "service_tier", "default"),
        ({"speed": "standard"}, "ignored", []),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
            "output",
            OutputFormat(SCHEMA, strict=True),
        ),
        ({"output_config": {}}, "output", None),
        ({"thinking": {"type": "disabled"}}, "thinking", Thinking(effort="none")),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2_000}},
            "thinking",
            Thinking(tokens=2_000),
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2_000, "display": "omitted"}},
            "thinking",
            Thinking(tokens=2_000, shown=False),
        ),
        ({"thinking": {"type": "adaptive"}}, "thinking", Thinking(adaptive=True)),
        (
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
            "thinking",
            Thinking(effort="low", adaptive=True),
        ),
        ({"output_config": {"effort": "max"}}, "thinking", Thinking(effort="max")),
    ],
)
def test_fields(fields: dict[str, Any], name: str, expected: Any) -> None:
    assert getattr(read(**fields), name) == expected


def test_effort_that_is_said_twice_is_told_to_the_client() -> None:
    thinking = {"type": "enabled", "budget_tokens": 2_000}
    conversation = read(thinking=thinking, output_config={"effort": "low"})
    assert conversation.thinking == Thinking(tokens=2_000)
    assert conversation.ignored == ["output_config.effort"]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "text", "text": "Hi"}, Text("Hi", PATH)),
        (
            {"type": "text", "text": "Hi", "citations": None, "cache_control": None},
            Text("Hi", PATH),
        ),
        (
            {"type": "text", "text": "Hi", "cache_control": {**EPHEMERAL, "ttl": "1h"}},
            Text("Hi", PATH, CacheMark("1h")),
        ),
        (
            {"type": "image", "source": PNG, "cache_control": EPHEMERAL},
            Media("image", "image/png", data="cG5n", path=PATH, cache=CacheMark()),
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://a.test"}},
            Media("image", None, url="https://a.test", path=PATH),
        ),
        (
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            Media("image", None, file_id="f", path=PATH),
        ),
        (
            {
                "type": "document",
                "source": {**PNG, "media_type": "application/pdf"},
                "title": "a.pdf",
                "citations": {"enabled": True},
            },
            Media("document", "application/pdf", data="cG5n", name="a.pdf", path=PATH, cites=True),
        ),
        (
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"},
            },
            Media("document", "text/plain", data=encoded("Grüße"), path=PATH),
        ),
        (
            {"type": "document", "source": {"type": "content", "content": "Grüße"}},
            Media("document", "text/plain", data=encoded("Grüße"), path=PATH),
        ),
        (
            {"type": "tool_result", "tool_use_id": "t"},
            ToolResult("t", [], "n_t", path=LATER),
        ),
        (
            {"type": "tool_result", "tool_use_id": "t", "content": "7", "is_error": True},
            ToolResult("t", [Text("7", f"{LATER}.content")], "n_t", True, LATER),
        ),
        (
            {
                "type": "tool_result",
                "tool_use_id": "t",
                "content": [{"type": "text", "text": "7"}, {"type": "image", "source": PNG}],
                "cache_control": EPHEMERAL,
            },
            ToolResult(
                "t",
                [
                    Text("7", f"{LATER}.content[0]"),
                    Media("image", "image/png", data="cG5n", path=f"{LATER}.content[1]"),
                ],
                "n_t",
                path=LATER,
                cache=CacheMark(),
            ),
        ),
    ],
)
def test_blocks_of_the_user(block: Any, expected: Part) -> None:
    assert blocks(block) == [expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            [{"type": "thinking", "thinking": "Hm", "signature": "EqUB"}],
            [Reasoning("Hm", "EqUB", path=LATER)],
        ),
        (
            [{"type": "thinking", "thinking": "Hm", "signature": ""}],
            [Reasoning("Hm", path=LATER)],
        ),
        ([{"type": "redacted_thinking", "data": "E"}], [Reasoning(redacted="E", path=LATER)]),
        (
            [{"type": "tool_use", "id": "t", "name": "add", "input": {"a": 1.0}}],
            [ToolCall("t", "add", '{"a":1.0}', path=LATER)],
        ),
        (
            [
                {
                    "type": "tool_use",
                    "id": "t",
                    "name": "add",
                    "input": {},
                    "caller": {"type": "direct"},
                    "toolset_name": None,
                }
            ],
            [ToolCall("t", "add", "{}", path=LATER)],
        ),
        (
            [
                {"type": "redacted_thinking", "data": sealed("t:1", "gemini#CAE=")},
                {"type": "tool_use", "id": "t:1", "name": "add", "input": {}},
            ],
            [ToolCall("t:1", "add", "{}", "gemini#CAE=", "messages[1].content[1]")],
        ),
        (
            [{"type": "text", "text": "A", "citations": [{"type": "page_location"}]}],
            [Text("A", LATER, citations=[{"type": "page_location"}])],
        ),
    ],
)
def test_blocks_of_the_assistant(content: Any, expected: list[Part]) -> None:
    assert said(*content) == expected


def test_messages_of_one_role_in_a_row_are_one_turn() -> None:
    conversation = read(messages=[HELLO, {"role": "user", "content": "there"}])
    (turn,) = conversation.messages
    assert [part.text for part in turn.parts if isinstance(part, Text)] == ["Hello", "there"]


def test_instructions_may_stand_among_the_messages() -> None:
    brief = {"role": "system", "content": "Be brief"}
    assert read(messages=[brief, HELLO]).instructions == [Text("Be brief", "messages[0].content")]
    later = read(messages=[HELLO, brief, HELLO]).messages
    assert [turn.role for turn in later] == ["user", "system", "user"]


def test_a_mark_for_the_whole_request_stands_at_its_last_part() -> None:
    conversation = read(cache_control={**EPHEMERAL, "ttl": "5m"})
    assert conversation.messages[0].parts == [Text("Hello", "messages[0].content", CacheMark("5m"))]


def test_tools() -> None:
    tool = {**ADD, "type": "custom", "description": "Adds", "strict": True}
    conversation = read(tools=[{**tool, "cache_control": EPHEMERAL}, ADD])
    assert conversation.tools == [
        Tool("add", "Adds", SCHEMA, True, "tools[0]", CacheMark()),
        Tool("add", None, SCHEMA, path="tools[1]"),
    ]


@pytest.mark.parametrize(
    ("choice", "expected", "parallel"),
    [
        (None, None, None),
        ({"type": "auto"}, ToolChoice("auto"), None),
        ({"type": "any"}, ToolChoice("required"), None),
        ({"type": "none"}, ToolChoice("none"), None),
        ({"type": "tool", "name": "add"}, ToolChoice("named", "add"), None),
        ({"type": "auto", "disable_parallel_tool_use": True}, ToolChoice("auto"), False),
        ({"type": "any", "disable_parallel_tool_use": False}, ToolChoice("required"), None),
    ],
)
def test_the_choice_of_tools(
    choice: Any, expected: ToolChoice | None, parallel: bool | None
) -> None:
    conversation = read(tools=[ADD], tool_choice=choice)
    assert (conversation.tool_choice, conversation.parallel_tool_calls) == (expected, parallel)


@pytest.mark.parametrize(
    "extra",
    [
        {"defer_loading": False, "input_examples": [], "allowed_callers": ["direct"]},
        {"defer_loading": None, "something_new": None},
    ],
)
def test_what_asks_for_nothing_passes(extra: dict[str, Any]) -> None:
    assert read(tools=[{**ADD, **extra}], container=None, mcp_servers=None).tools == [
        Tool("add", None, SCHEMA, path="tools[0]")
    ]


def test_a_count_needs_no_limit_and_is_never_streamed() -> None:
    dialect = Messages()
    assert dialect.read(asked(Endpoint.COUNT_TOKENS, max_tokens=None)).messages
    with pytest.raises(Unsupported, match="stream"):
        dialect.read(asked(Endpoint.COUNT_TOKENS, max_tokens=None, stream=True))
    assert refused(max_tokens=None).param == "max_tokens"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("max_output_tokens", "max_tokens"),
        ("output", "output_config.format"),
        ("instructions", "system"),
        ("stop", "stop_sequences"),
        ("end_user", "metadata.user_id"),
        ("parallel_tool_calls", "tool_choice.disable_parallel_tool_use"),
        ("temperature", "temperature"),
        ("messages[0].content[1]", "messages[0].content[1]"),
    ],
)
def test_fields_have_anthropics_names(name: str, expected: str) -> None:
    assert Messages().param(name) == expected
