"""What is wrong with a request to `/v1/messages`, or Claude's alone, is refused by its path."""

from typing import Any

import pytest

from dataplane.errors import Unsupported
from tests.unit.dialects.messages.saying import HELLO, refused

TEXT = {"type": "text", "text": "Hi"}
PNG = {"type": "base64", "media_type": "image/png", "data": "cG5n"}
ADD = {"name": "add", "input_schema": {"type": "object"}}
CALL = {"type": "tool_use", "id": "t", "name": "add", "input": {}}


def by_user(*content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}]}


def by_assistant(*content: Any) -> dict[str, Any]:
    return {"messages": [HELLO, {"role": "assistant", "content": list(content)}, HELLO]}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": None}, "messages"),
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"content": "Hi"}]}, "messages[0].role"),
        (by_user({"type": "text"}), "messages[0].content[0].text"),
        (by_user({"text": "Hi"}), "messages[0].content[0].type"),
        (by_user({"type": "image"}), "messages[0].content[0].source"),
        (by_user({"type": "tool_result"}), "messages[0].content[0].tool_use_id"),
        ({"tools": [{"name": "add"}]}, "tools[0].input_schema"),
        ({"tools": [ADD, {"input_schema": {}}]}, "tools[1].name"),
        ({"tools": [ADD], "tool_choice": {"type": "tool"}}, "tool_choice.name"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema"),
    ],
)
def test_what_is_missing(fields: dict[str, Any], param: str) -> None:
    error = refused(**fields)
    assert (error.code, error.param) == ("missing_field", param)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": [7]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [7]}]}, "messages[0].content[0]"),
        (by_user({"type": "text", "text": 7}), "messages[0].content[0].text"),
        (by_user({"type": 7}), "messages[0].content[0].type"),
        (
            by_user({**TEXT, "cache_control": {"type": "x"}}),
            "messages[0].content[0].cache_control.type",
        ),
        (
            by_user({"type": "tool_result", "tool_use_id": "t"}),
            "messages[0].content[0].tool_use_id",
        ),
        (by_assistant({**CALL, "input": "{}"}), "messages[1].content[0].input"),
        (by_assistant({**CALL, "input": [1]}), "messages[1].content[0].input"),
        (by_assistant({**CALL, "id": ""}), "messages[1].content[0].id"),
        (
            {"messages": [{"role": "system", "content": [{"type": "image", "source": PNG}]}]},
            "messages[0].content",
        ),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "100"}, "max_tokens"),
        ({"system": 7}, "system"),
        ({"system": [7]}, "system[0]"),
        ({"temperature": "hot"}, "temperature"),
        ({"stop_sequences": "END"}, "stop_sequences"),
        ({"metadata": "u-1"}, "metadata"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"tools": {}}, "tools"),
        ({"tools": [7]}, "tools[0]"),
        ({"tools": [{**ADD, "input_schema": 7}]}, "tools[0].input_schema"),
        ({"tools": [ADD], "tool_choice": {"type": "tool", "name": "sub"}}, "tool_choice.name"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"thinking": {"type": "enabled", "budget_tokens": 0}}, "thinking.budget_tokens"),
        ({"output_config": {"effort": "huge"}}, "output_config.effort"),
        ({"output_config": {"format": {"type": "grammar"}}}, "output_config.format.type"),
    ],
)
def test_what_is_wrong(fields: dict[str, Any], param: str) -> None:
    error = refused(**fields)
    assert (error.code, error.param) == ("invalid_field", param)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"container": "c"}, "container"),
        ({"mcp_servers": [{}]}, "mcp_servers"),
        ({"context_management": {"edits": []}}, "context_management"),
        ({"inference_geo": "us"}, "inference_geo"),
        ({"speed": "fast"}, "speed"),
        ({"something_new": 0}, "something_new"),
        ({"metadata": {"team": "a"}}, "metadata.team"),
        ({"output_config": {"task_budget": {}}}, "output_config.task_budget"),
        ({"thinking": {"type": "between_tools"}}, "thinking"),
        ({"tool_choice": {"type": "some"}}, "tool_choice"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0]"),
        ({"tools": [ADD, {"type": "bash_20250124", "name": "bash"}]}, "tools[1]"),
        ({"tools": [{**ADD, "defer_loading": True}]}, "tools[0].defer_loading"),
        ({"tools": [{**ADD, "input_examples": [{}]}]}, "tools[0].input_examples"),
        ({"tools": [{**ADD, "allowed_callers": ["x"]}]}, "tools[0].allowed_callers"),
        ({"tools": [{**ADD, "something_new": 1}]}, "tools[0].something_new"),
        (by_user({"type": "search_result"}), "messages[0].content[0]"),
        (by_user({"type": "container_upload", "file_id": "f"}), "messages[0].content[0]"),
        (by_assistant({"type": "server_tool_use"}), "messages[1].content[0]"),
        (by_assistant({"type": "mcp_tool_use"}), "messages[1].content[0]"),
        (by_assistant({**CALL, "toolset_name": "browser"}), "messages[1].content[0]"),
        (by_assistant({**CALL, "caller": {"type": "code"}}), "messages[1].content[0]"),
        (by_user({**TEXT, "something_new": 1}), "messages[0].content[0].something_new"),
        (by_user({"type": "image", "source": {"type": "s3"}}), "messages[0].content[0].source"),
        (
            by_user({"type": "image", "source": PNG, "transformations": {"a": 1}}),
            "messages[0].content[0].transformations",
        ),
        (
            by_user({"type": "document", "source": PNG, "context": "A will"}),
            "messages[0].content[0].context",
        ),
        (
            by_user({"type": "document", "source": {"type": "content", "content": [TEXT]}}),
            "messages[0].content[0].source",
        ),
        ({"messages": [HELLO, {"role": "assistant", "content": "The"}]}, "messages[1]"),
        ({"messages": [{"role": "system", "content": "Be brief"}]}, "messages"),
    ],
)
def test_what_is_claudes_alone(fields: dict[str, Any], param: str) -> None:
    error = refused(**fields)
    assert (error.code, error.param) == ("unsupported_parameter", param)
    assert isinstance(error, Unsupported)
