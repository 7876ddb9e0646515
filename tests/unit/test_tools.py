"""What declared tools may add: a preamble, steps that the provider takes, fees, other models."""

from typing import Any

import pytest

from dataplane.metering.worst_case.tools import (
    CALLS_DEFAULT,
    CALLS_MAX,
    DESCRIBED_TOOL_TOKENS,
    PREAMBLE_TOKENS,
    RESEARCH_FACTOR,
    TOOLSET_TOKENS,
    Advisor,
    Tools,
    read_tools,
)
from dataplane.request import Endpoint
from tests.estimates import call

FUNCTION = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "City", "schema": {"type": "object"}}}


def told_by(model: str = "gpt-4o", **fields: Any) -> Tools:
    return read_tools(call(**fields), model)


@pytest.mark.parametrize(
    "fields",
    [{}, {"tools": None}, {"tools": []}, {"response_format": {"type": "text"}}, {"text": {}}],
)
def test_a_plain_request_declares_nothing(fields: dict[str, Any]):
    assert told_by(**fields) == Tools()


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [FUNCTION, {"type": "custom", "name": "grep"}]},
        {"tools": [{"function": {"name": "get_image"}}]},
        {"tools": [{"name": "look_up", "input_schema": {"type": "object"}}]},
        {"tools": [{"functionDeclarations": [{"name": "look_up"}]}]},
        {"tools": {"function_declarations": [{"name": "look_up"}]}},
        {"toolConfig": {"tools": [{"toolSpec": {"name": "look_up"}}, {"cachePoint": {}}]}},
        {"functions": [{"name": "look_up"}]},
        {"response_format": SCHEMA},
        {"text": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
    ],
)
def test_tools_of_the_client_and_schemas_have_a_preamble(fields: dict[str, Any]):
    assert told_by(**fields) == Tools(preamble_tokens=PREAMBLE_TOKENS)


@pytest.mark.parametrize("kind", ["memory_20250818", "computer_use_preview", "bash_20250124"])
def test_a_tool_that_the_provider_describes_counts_for_its_description(kind: str):
    tools = told_by(tools=[{"type": kind, "name": "x"}])

    assert tools.preamble_tokens == PREAMBLE_TOKENS + DESCRIBED_TOOL_TOKENS
    assert tools.steps == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "web_search"}]},
        {"tools": [FUNCTION, {"type": "web_search_20250305", "max_uses": None}]},
        {"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]},
        {"tools": [{"googleSearch": {}}]},
        {"tools": [{"functionDeclarations": [{"name": "f"}], "urlContext": {}}]},
        {"toolConfig": {"tools": [{"systemTool": {"name": "nova_code_interpreter"}}]}},
        {"tools": ["not an object"]},
        {"tools": [{"type": "a tool of a later API"}]},
        {"web_search_options": {"search_context_size": "low"}},
        {"plugins": [{"id": "web"}]},
        {"mcp_servers": [{"type": "url", "url": "https://example.com/mcp"}]},
    ],
)
def test_tools_of_the_provider_take_steps_and_read_more(fields: dict[str, Any]):
    tools = told_by(**fields)

    assert tools.reads_more
    assert tools.calls == CALLS_DEFAULT
    assert tools.steps == CALLS_DEFAULT + 1


def test_a_limit_of_uses_is_kept_and_unlimited_tools_come_on_top():
    search = {"type": "web_search_20250305", "max_uses": 2}
    fetch = {"type": "web_fetch_20250910", "max_uses": 3}

    assert told_by(tools=[search, fetch]).calls == 5
    assert told_by(tools=[search, {"type": "code_execution_20250825"}]).calls == 2 + CALLS_DEFAULT
    assert told_by(tools=[{**search, "max_uses": 10**9}]).calls == CALLS_MAX


def test_a_limit_may_stand_one_level_down():
    tool = {"type": "openrouter:web_search", "parameters": {"max_uses": 1}}

    assert told_by(tools=[tool]).calls == 1


def test_the_request_may_limit_all_calls_together():
    fields = {"input": "hi", "tools": [{"type": "web_search"}], "max_tool_calls": 1}

    assert read_tools(call(fields, Endpoint.RESPONSES), "gpt-5").calls == 1


def test_searching_the_declared_tools_reads_nothing_new():
    tools = told_by(tools=[{"type": "tool_search"}, FUNCTION])

    assert not tools.reads_more
    assert tools.steps == CALLS_DEFAULT + 1


@pytest.mark.parametrize("model", ["gpt-4o-search-preview", "deepseek/deepseek-chat:online"])
def test_some_models_search_unasked(model: str):
    assert told_by(model).calls == CALLS_DEFAULT


def test_research_takes_many_steps():
    assert told_by("o3-deep-research").calls == CALLS_DEFAULT * RESEARCH_FACTOR


@pytest.mark.parametrize("kind", ["browser_toolset_20260801", "computer_toolset_20260801"])
def test_a_toolset_stands_for_many_tools(kind: str):
    assert told_by(tools=[{"type": kind}]).preamble_tokens == PREAMBLE_TOKENS + TOOLSET_TOKENS


@pytest.mark.parametrize(
    "fields",
    [
        {"context_management": {"edits": [{"type": "compact_20260112"}]}},
        {"compaction": {"type": "summarize"}},
    ],
)
def test_compaction_is_a_step_of_its_own(fields: dict[str, Any]):
    tools = told_by(**fields)

    assert (tools.steps, tools.is_compacting) == (2, True)


@pytest.mark.parametrize(
    ("fallbacks", "expected"),
    [
        (None, ()),
        ([], ()),
        ([{"model": "claude-opus-4-8"}], (Advisor("claude-opus-4-8", 1, 100),)),
        (
            [{"model": "a", "max_tokens": 7}, {"model": "b", "max_tokens": None}],
            (Advisor("a", 1, 7), Advisor("b", 1, 100)),
        ),
        ("default", (Advisor("default", 1, 100),)),
        ([7, {}], (Advisor("7", 1, 100), Advisor("None", 1, 100))),
    ],
)
def test_fallbacks_of_anthropics_are_other_models(fallbacks: Any, expected: Any):
    request = call({"max_tokens": 100, "fallbacks": fallbacks}, Endpoint.MESSAGES)
    assert read_tools(request, "claude-opus-5").advisors == expected
    assert told_by(fallbacks=fallbacks).advisors == ()


def test_an_advisor_is_another_model():
    advisor = {"type": "advisor_20260301", "model": "claude-opus-4-8", "max_tokens": 1024}

    assert told_by(tools=[advisor]).advisors == (Advisor("claude-opus-4-8", CALLS_DEFAULT, 1024),)
    assert told_by(tools=[{**advisor, "max_uses": 1}]).advisors[0].calls == 1
    assert told_by(tools=[{"type": "advisor_20260301", "model": 7}]).advisors[0].model == "7"
