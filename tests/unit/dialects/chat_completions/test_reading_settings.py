"""What a request asks for beside its messages."""

from typing import Any

import pytest

from dataplane.conversation.parts import CacheMark
from dataplane.conversation.request import OutputFormat, Thinking, Tool, ToolChoice
from tests.unit.dialects.chat_completions.saying import read, refused

SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "default": None}}}
WEATHER = {"name": "weather", "description": "Of a city", "parameters": SCHEMA, "strict": True}
TOOLS = [{"type": "function", "function": WEATHER}]
TWO_TOOLS = [*TOOLS, {"type": "function", "function": {"name": "time"}}]
JSON_SCHEMA = {"name": "city", "description": "A city", "schema": SCHEMA, "strict": True}
NAMED = {"type": "function", "function": {"name": "weather"}}

MEANINGS = [
    ({"max_tokens": 5}, "max_output_tokens", 5),
    ({"max_completion_tokens": 7}, "max_output_tokens", 7),
    ({"max_tokens": 9, "max_completion_tokens": 7}, "max_output_tokens", 9),
    ({"max_tokens": None, "max_completion_tokens": 7}, "max_output_tokens", 7),
    ({"max_tokens": None}, "max_output_tokens", None),
    ({"temperature": 1}, "temperature", 1.0),
    ({"temperature": 0}, "temperature", 0.0),
    ({"top_p": 0.5}, "top_p", 0.5),
    ({"top_k": 40}, "top_k", 40),
    ({"stop": "END"}, "stop", ["END"]),
    ({"stop": ["a", "b"]}, "stop", ["a", "b"]),
    ({"stop": None}, "stop", []),
    ({"n": 2}, "n", 2),
    ({"n": 1}, "n", None),
    ({"seed": 7}, "seed", 7),
    ({"frequency_penalty": 0.5}, "frequency_penalty", 0.5),
    ({"frequency_penalty": 0}, "frequency_penalty", None),
    ({"presence_penalty": -1}, "presence_penalty", -1.0),
    ({"presence_penalty": 0.0}, "presence_penalty", None),
    ({"logprobs": True, "top_logprobs": 3}, "top_logprobs", 3),
    ({"logprobs": False}, "logprobs", None),
    ({"logit_bias": {"50256": -100}}, "logit_bias", {"50256": -100}),
    ({"logit_bias": {}}, "logit_bias", None),
    ({"user": "alice"}, "end_user", "alice"),
    ({"service_tier": "auto"}, "service_tier", None),
    ({"service_tier": "flex"}, "service_tier", "flex"),
    ({"service_tier": "fast"}, "service_tier", "priority"),
    ({"verbosity": "low"}, "verbosity", "low"),
    ({"verbosity": "medium"}, "verbosity", None),
    ({"parallel_tool_calls": False, "tools": TOOLS}, "parallel_tool_calls", False),
    ({"parallel_tool_calls": True, "tools": TOOLS}, "parallel_tool_calls", None),
    ({"parallel_tool_calls": False}, "parallel_tool_calls", None),
    ({"response_format": {"type": "text"}}, "output", None),
    ({"response_format": {"type": "json_object"}}, "output", OutputFormat()),
    (
        {"response_format": {"type": "json_schema", "json_schema": JSON_SCHEMA}},
        "output",
        OutputFormat(SCHEMA, "city", "A city", strict=True),
    ),
    ({"reasoning_effort": "xhigh"}, "thinking", Thinking(effort="xhigh")),
    ({"reasoning_effort": None}, "thinking", None),
    ({"reasoning": {"effort": "low"}}, "thinking", Thinking(effort="low")),
    ({"reasoning": {"max_tokens": 2000}}, "thinking", Thinking(tokens=2000)),
    ({"reasoning": {"enabled": False}}, "thinking", Thinking(effort="none")),
    ({"reasoning": {"enabled": True}}, "thinking", Thinking(effort="medium")),
    ({"reasoning": {}}, "thinking", None),
    (
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        "thinking",
        Thinking(tokens=1024),
    ),
    ({"thinking": {"type": "disabled"}}, "thinking", Thinking(effort="none")),
    ({"thinking": {"type": "adaptive"}}, "thinking", Thinking(adaptive=True)),
    ({"tool_choice": "auto"}, "tool_choice", None),
    ({"tool_choice": "none"}, "tool_choice", None),
    ({"tool_choice": "none", "tools": TOOLS}, "tool_choice", ToolChoice("none")),
    ({"tool_choice": "required", "tools": TOOLS}, "tool_choice", ToolChoice("required")),
    ({"tool_choice": NAMED, "tools": TOOLS}, "tool_choice", ToolChoice("named", "weather")),
    ({"function_call": "auto", "functions": [WEATHER]}, "tool_choice", ToolChoice("auto")),
    (
        {"function_call": {"name": "weather"}, "functions": [WEATHER]},
        "tool_choice",
        ToolChoice("named", "weather"),
    ),
    ({"tools": []}, "tools", []),
    (
        {"tools": TOOLS},
        "tools",
        [Tool("weather", "Of a city", SCHEMA, strict=True, path="tools[0]")],
    ),
    (
        {"functions": [{"name": "weather"}]},
        "tools",
        [Tool("weather", None, None, path="functions[0]")],
    ),
    ({"metadata": {"team": "a"}, "store": False}, "ignored", []),
    ({"prompt_cache_key": "k", "safety_identifier": None}, "ignored", ["prompt_cache_key"]),
    (
        {"prediction": {"type": "content", "content": "x"}, "safety_identifier": "s"},
        "ignored",
        ["prediction", "safety_identifier"],
    ),
    (
        {"stream_options": {"include_usage": True, "include_obfuscation": False}},
        "ignored",
        ["stream_options.include_obfuscation"],
    ),
    ({"modalities": ["text"], "audio": None, "of_the_future": None}, "ignored", []),
]

REFUSALS = [
    ({"of_the_future": 1}, "unsupported_parameter", "of_the_future"),
    ({"store": True}, "unsupported_parameter", "store"),
    ({"modalities": ["text", "audio"]}, "unsupported_parameter", "modalities"),
    ({"audio": {"voice": "alloy"}}, "unsupported_parameter", "audio"),
    ({"web_search_options": {}}, "unsupported_parameter", "web_search_options"),
    ({"moderation": {"model": "m"}}, "unsupported_parameter", "moderation"),
    ({"service_tier": "scale"}, "unsupported_parameter", "service_tier"),
    ({"service_tier": "soon"}, "invalid_field", "service_tier"),
    ({"stream_options": {"chunks": 1}}, "unsupported_parameter", "stream_options.chunks"),
    ({"response_format": {"type": "grammar"}}, "unsupported_parameter", "response_format.type"),
    ({"response_format": {"type": "json_schema"}}, "missing_field", "response_format.json_schema"),
    (
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        "missing_field",
        "response_format.json_schema.name",
    ),
    ({"reasoning_effort": "huge"}, "invalid_field", "reasoning_effort"),
    ({"reasoning": {"exclude": True}}, "unsupported_parameter", "reasoning.exclude"),
    ({"thinking": {"type": "enabled"}}, "missing_field", "thinking.budget_tokens"),
    ({"max_tokens": 0}, "invalid_field", "max_tokens"),
    ({"max_tokens": "5"}, "invalid_field", "max_tokens"),
    ({"max_tokens": 5.5}, "invalid_field", "max_tokens"),
    ({"temperature": "hot"}, "invalid_field", "temperature"),
    ({"n": 0}, "invalid_field", "n"),
    ({"n": True}, "invalid_field", "n"),
    ({"stop": [1]}, "invalid_field", "stop[0]"),
    ({"user": 7}, "invalid_field", "user"),
    ({"verbosity": "loud"}, "invalid_field", "verbosity"),
    ({"tools": "weather"}, "invalid_field", "tools"),
    ({"tools": [{"type": "function"}]}, "missing_field", "tools[0].function"),
    ({"tools": [{"type": "custom", "custom": {}}]}, "unsupported_parameter", "tools[0]"),
    ({"tools": [{"type": "openrouter:web_search"}]}, "unsupported_parameter", "tools[0]"),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": "no"}}]},
        "invalid_field",
        "tools[0].function.parameters",
    ),
    (
        {"tools": [{"type": "function", "function": {"name": ""}}]},
        "invalid_field",
        "tools[0].function.name",
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "returns": {}}}]},
        "unsupported_parameter",
        "tools[0].function.returns",
    ),
    ({"tools": TOOLS, "functions": [WEATHER]}, "invalid_field", "functions"),
    ({"tool_choice": "required"}, "invalid_field", "tool_choice"),
    ({"tool_choice": "any", "tools": TOOLS}, "invalid_field", "tool_choice"),
    ({"tool_choice": {"type": "function"}, "tools": TOOLS}, "invalid_field", "tool_choice"),
    ({"tool_choice": NAMED}, "invalid_field", "tool_choice.function.name"),
    (
        {"tool_choice": {"type": "custom", "custom": {"name": "c"}}, "tools": TOOLS},
        "unsupported_parameter",
        "tool_choice",
    ),
    ({"function_call": "required", "functions": [WEATHER]}, "invalid_field", "function_call"),
    ({"messages": []}, "invalid_field", "messages"),
    ({"messages": None}, "invalid_field", "messages"),
    ({"messages": "Hello"}, "invalid_field", "messages"),
]


@pytest.mark.parametrize(("fields", "name", "meaning"), MEANINGS, ids=str)
def test_a_field_means_the_same_everywhere(fields: dict[str, Any], name: str, meaning: Any):
    assert getattr(read(**fields), name) == meaning


@pytest.mark.parametrize(("fields", "code", "param"), REFUSALS, ids=str)
def test_what_is_wrong_or_openais_alone_is_refused_by_its_name(
    fields: dict[str, Any], code: str, param: str
):
    refusal = refused(**fields)

    assert (refusal.code, refusal.param) == (code, param)
    assert param in refusal.message


def test_only_allowed_tools_are_told_of():
    allowed = {"mode": "required", "tools": [{"type": "function", "function": {"name": "time"}}]}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}

    asked = read(tools=TWO_TOOLS, tool_choice=choice)

    assert [tool.name for tool in asked.tools] == ["time"]
    assert asked.tool_choice == ToolChoice("required")


@pytest.mark.parametrize(
    "tool",
    [
        {**TOOLS[0], "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {
            "type": "function",
            "function": {**WEATHER, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        },
    ],
)
def test_a_tool_may_end_what_is_worth_caching(tool: dict[str, Any]):
    assert read(tools=[tool]).tools[0].cache == CacheMark("1h")
