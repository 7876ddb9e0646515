"""What a request asks for beside its turns."""

import pytest

from dataplane.conversation.request import OutputFormat, Thinking, Tool, ToolChoice
from tests.unit.dialects.responses.saying import read

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}
ADD = {"type": "function", "name": "add", "parameters": SCHEMA, "strict": True}
SUB = {"type": "function", "name": "sub", "description": "Less", "parameters": None}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"max_output_tokens": 100}, {"max_output_tokens": 100}),
        ({"temperature": 0.5, "top_p": 1}, {"temperature": 0.5, "top_p": 1}),
        ({"top_logprobs": 3}, {"top_logprobs": 3}),
        ({"include": ["message.output_text.logprobs"]}, {"logprobs": True}),
        ({"parallel_tool_calls": False}, {"parallel_tool_calls": False}),
        ({"text": {"format": {"type": "json_object"}}}, {"output": OutputFormat()}),
        ({"text": {"verbosity": "low"}}, {"verbosity": "low"}),
        ({"reasoning": {"effort": "high"}}, {"thinking": Thinking("high", shown=False)}),
        (
            {"reasoning": {"effort": "low", "summary": "auto"}},
            {"thinking": Thinking("low", shown=True)},
        ),
        ({"reasoning": {"summary": "detailed"}}, {"thinking": Thinking(shown=True)}),
        ({"user": "u1"}, {"end_user": "u1"}),
        ({"safety_identifier": "s1"}, {"end_user": "s1"}),
        ({"user": "u1", "safety_identifier": "s1"}, {"end_user": "s1", "ignored": ["user"]}),
        ({"service_tier": "flex"}, {"service_tier": "flex"}),
        ({"service_tier": "fast"}, {"service_tier": "priority"}),
        ({"tool_choice": "none"}, {"tool_choice": ToolChoice("none")}),
    ],
)
def test_a_setting_is_read(fields, expected):
    found = read(**fields)

    assert {name: getattr(found, name) for name in expected} == expected


def test_a_schema_for_the_answer_is_read_with_its_name():
    given = {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}

    assert read(text={"format": given}).output == OutputFormat(SCHEMA, "n", None, True)


def test_functions_are_read_with_their_schemas():
    assert read(tools=[ADD, SUB]).tools == [
        Tool("add", None, SCHEMA, True, "tools[0]"),
        Tool("sub", "Less", None, None, "tools[1]"),
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("required", ToolChoice("required")),
        ({"type": "function", "name": "sub"}, ToolChoice("named", "sub")),
    ],
)
def test_a_choice_of_tools_is_read(choice, expected):
    assert read(tools=[ADD, SUB], tool_choice=choice).tool_choice == expected


def test_of_allowed_tools_the_others_are_not_told():
    allowed = [{"type": "function", "name": "sub"}]

    found = read(
        tools=[ADD, SUB],
        tool_choice={"type": "allowed_tools", "mode": "required", "tools": allowed},
    )

    assert [tool.name for tool in found.tools] == ["sub"]
    assert found.tool_choice == ToolChoice("required")


@pytest.mark.parametrize(
    "fields",
    [
        {"background": False},
        {"store": False},
        {"truncation": "disabled"},
        {"tools": []},
        {"tools": [{**ADD, "defer_loading": False, "allowed_callers": ["direct"], "async": False}]},
        {"text": {"format": {"type": "text"}, "verbosity": "medium"}},
        {"top_logprobs": 0},
        {"reasoning": {"effort": None, "summary": None, "context": "auto", "mode": "standard"}},
        {"include": ["reasoning.encrypted_content"]},
        {"stream_options": {"include_obfuscation": False}},
        {"metadata": {"a": "b"}},
        {"instructions": "", "user": "", "service_tier": "auto"},
        {"instructions": None, "tools": None, "conversation": None, "of_the_future": None},
    ],
)
def test_what_asks_for_nothing_passes(fields):
    found = read(**fields)

    assert found.ignored == []
    assert found.thinking is found.output is found.verbosity is None


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"store": True}, "store"),
        ({"prompt_cache_key": "k"}, "prompt_cache_key"),
        ({"prompt_cache_retention": "24h"}, "prompt_cache_retention"),
        ({"prompt_cache_options": {"mode": "implicit"}}, "prompt_cache_options"),
        ({"max_tool_calls": 3}, "max_tool_calls"),
        ({"reasoning": {"context": "all_turns"}}, "reasoning.context"),
        (
            {"include": ["web_search_call.action.sources"]},
            "include.web_search_call.action.sources",
        ),
        (
            {"stream_options": {"include_obfuscation": True}},
            "stream_options.include_obfuscation",
        ),
    ],
)
def test_a_hint_that_changes_no_answer_is_named_as_ignored(fields, name):
    assert read(**fields).ignored == [name]
