"""A conversation as a request of the Messages API: its fields."""

from typing import Any

import pytest

from dataplane.conversation.parts import CacheMark, Text
from dataplane.conversation.request import OutputFormat, ToolChoice
from dataplane.providers.base import Untranslatable
from tests.unit.providers.anthropic.asking import (
    OUTPUT_TOKENS_DEFAULT,
    asking,
    deployment,
    request,
    sent,
    tool,
)

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


async def test_a_plain_question():
    assert await sent(asking()) == {
        "max_tokens": 64_000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "model": "claude-sonnet-4-5",
    }


async def test_a_stream_is_asked_for():
    streamed = await request(asking(), streamed=True)
    assert b'"stream":true' in streamed.body
    assert streamed.url == "https://api.anthropic.com/v1/messages"


@pytest.mark.parametrize(
    ("fields", "limits", "expected"),
    [
        ({"max_output_tokens": 100}, {}, 100),
        ({}, {}, 64_000),
        ({}, {"output_tokens_max": None}, OUTPUT_TOKENS_DEFAULT),
        ({}, {"output_tokens_max": None, "context_tokens": 1_000}, 1_000),
    ],
)
async def test_the_limit_is_the_one_that_money_was_set_aside_for(
    fields: dict[str, Any], limits: dict[str, Any], expected: int
):
    assert (await sent(asking(**fields), **limits))["max_tokens"] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"temperature": 0}, {"temperature": 0}),
        ({"temperature": 0.7}, {"temperature": 0.7}),
        ({"top_p": 0.9}, {"top_p": 0.9}),
        ({"top_k": 40}, {"top_k": 40}),
        ({"stop": ["END"]}, {"stop_sequences": ["END"]}),
        ({"end_user": "u-1"}, {"metadata": {"user_id": "u-1"}}),
        ({"service_tier": "default"}, {"service_tier": "standard_only"}),
        ({"instructions": [Text("Be brief")]}, {"system": "Be brief"}),
        ({"instructions": [Text("")]}, {}),
        (
            {"instructions": [Text("Be"), Text("brief", cache=CacheMark("1h"))]},
            {
                "system": [
                    {"type": "text", "text": "Be"},
                    {
                        "type": "text",
                        "text": "brief",
                        "cache_control": {"type": "ephemeral", "ttl": "1h"},
                    },
                ]
            },
        ),
        (
            {"output": OutputFormat(SCHEMA, strict=True)},
            {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        ),
        (
            {"output": OutputFormat(SCHEMA, description="A place")},
            {
                "output_config": {
                    "format": {
                        "type": "json_schema",
                        "schema": {**SCHEMA, "description": "A place"},
                    }
                }
            },
        ),
    ],
)
async def test_what_is_asked_for_has_anthropics_names(fields: dict[str, Any], expected: Any):
    body = await sent(asking(**fields))
    usual = await sent(asking())
    assert {name: value for name, value in body.items() if name not in usual} == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 1},
        {"frequency_penalty": 0.0, "presence_penalty": 0},
        {"logprobs": False, "top_logprobs": 0, "logit_bias": {}},
        {"verbosity": "medium"},
        {"service_tier": "auto"},
        {"temperature": 1, "top_p": 1.0},
        {"parallel_tool_calls": True},
        {"parallel_tool_calls": False},
        {"tool_choice": ToolChoice("auto")},
        {"tool_choice": ToolChoice("none")},
    ],
)
async def test_what_asks_for_nothing_is_not_sent(fields: dict[str, Any]):
    assert await sent(asking(**fields)) == await sent(asking())


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"n": 2}, "n"),
        ({"seed": 7}, "seed"),
        ({"frequency_penalty": 0.5}, "frequency_penalty"),
        ({"presence_penalty": -0.5}, "presence_penalty"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logit_bias": {"50256": -100}}, "logit_bias"),
        ({"verbosity": "low"}, "verbosity"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"service_tier": "priority"}, "service_tier"),
        ({"temperature": 1.5}, "temperature"),
        ({"temperature": -0.1}, "temperature"),
        ({"top_p": 1.1}, "top_p"),
        ({"output": OutputFormat()}, "output"),
        ({"tool_choice": ToolChoice("required")}, "tool_choice"),
    ],
)
async def test_what_claude_cannot_be_told_is_refused_by_name(fields: dict[str, Any], named: str):
    with pytest.raises(Untranslatable) as raised:
        await sent(asking(**fields))
    assert raised.value.field == named


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
async def test_newer_models_take_no_sampling(name: str):
    asked = asking(**{name: 0.5 if name != "top_k" else 5})
    with pytest.raises(Untranslatable, match=name):
        await sent(asked, "claude-opus-4-7")
    assert name in await sent(asked, "claude-opus-4-6")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"tool_choice": ToolChoice("auto")}, {"type": "auto"}),
        ({"tool_choice": ToolChoice("none")}, {"type": "none"}),
        ({"tool_choice": ToolChoice("required")}, {"type": "any"}),
        (
            {"tool_choice": ToolChoice("named", "get_weather")},
            {"type": "tool", "name": "get_weather"},
        ),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        (
            {"tool_choice": ToolChoice("required"), "parallel_tool_calls": False},
            {"type": "any", "disable_parallel_tool_use": True},
        ),
        ({"tool_choice": ToolChoice("none"), "parallel_tool_calls": False}, {"type": "none"}),
        ({"parallel_tool_calls": True}, None),
    ],
)
async def test_the_choice_of_tools(fields: dict[str, Any], expected: Any):
    assert (await sent(asking(tools=[tool()], **fields))).get("tool_choice") == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"description": "The weather.", "input_schema": {"type": "object"}}),
        ({"description": None}, {"input_schema": {"type": "object"}}),
        (
            {"description": None, "parameters": None},
            {"input_schema": {"type": "object", "properties": {}}},
        ),
        (
            {"strict": True},
            {"description": "The weather.", "input_schema": {"type": "object"}, "strict": True},
        ),
        ({"strict": False}, {"description": "The weather.", "input_schema": {"type": "object"}}),
        (
            {"cache": CacheMark()},
            {
                "description": "The weather.",
                "input_schema": {"type": "object"},
                "cache_control": {"type": "ephemeral"},
            },
        ),
    ],
)
async def test_tools(fields: dict[str, Any], expected: Any):
    (written,) = (await sent(asking(tools=[tool(**fields)])))["tools"]
    assert written == {"name": "get_weather", **expected}


async def test_the_address_may_have_the_version_or_not():
    for base_url in ("https://api.anthropic.com", "https://api.anthropic.com/v1"):
        far = deployment().provider
        to = deployment(provider=far.__class__(**{**_fields(far), "base_url": base_url}))
        assert (await request(asking(), to)).url == "https://api.anthropic.com/v1/messages"


async def test_the_headers_are_the_providers_own():
    asked = await request(asking())
    assert asked.headers["x-api-key"] == "sk-ant-key"
    assert asked.headers["anthropic-version"] == "2023-06-01"
    assert "anthropic-beta" not in asked.headers


def _fields(of: Any) -> dict[str, Any]:
    return {name: getattr(of, name) for name in of.__dataclass_fields__}
