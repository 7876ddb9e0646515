"""What a request cannot say: refused with a 400 that names the field."""

from typing import Any

import pytest

from dataplane.dialects.responses.dialect import Responses
from dataplane.errors import Unsupported
from tests.unit.dialects.responses.saying import asked, refused

ADD = {"type": "function", "name": "add", "parameters": {}}
CALL = {"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "3"}
HI = {"role": "user", "content": "Hi"}


def content(part: Any, role: str = "user") -> dict[str, Any]:
    return {"input": [{"role": role, "content": [part]}]}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0]"),
        ({"input": [HI, {"id": "msg_1"}]}, "input[1]"),
    ],
)
def test_what_is_stored_elsewhere_is_refused_with_the_reason(fields, param):
    error = refused(**fields)

    assert isinstance(error, Unsupported)
    assert (error.code, error.param) == ("unsupported_parameter", param)
    assert "keeps no state; send the turns in 'input'" in error.message


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"background": True}, "background"),
        ({"truncation": "auto"}, "truncation"),
        ({"of_the_future": 1}, "of_the_future"),
        ({"moderation": {"model": "m"}}, "moderation"),
        ({"service_tier": "ultrafast"}, "service_tier"),
        ({"reasoning": {"mode": "pro"}}, "reasoning.mode"),
        ({"reasoning": {"other": 1}}, "reasoning.other"),
        ({"text": {"other": 1}}, "text.other"),
        ({"include": ["other"]}, "include[0]"),
        ({"stream_options": {"other": 1}}, "stream_options.other"),
        ({"prompt_cache_options": {"prewarm": True}}, "prompt_cache_options.prewarm"),
        ({"tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"tools": [ADD, {"type": "file_search", "vector_store_ids": []}]}, "tools[1]"),
        ({"tools": [{"type": "code_interpreter"}]}, "tools[0]"),
        ({"tools": [{"type": "computer"}]}, "tools[0]"),
        ({"tools": [{"type": "mcp"}]}, "tools[0]"),
        ({"tools": [{"type": "image_generation"}]}, "tools[0]"),
        ({"tools": [{"type": "custom", "name": "sql"}]}, "tools[0]"),
        ({"tools": [{**ADD, "defer_loading": True}]}, "tools[0].defer_loading"),
        ({"tools": [{**ADD, "output_schema": {}}]}, "tools[0].output_schema"),
        ({"tools": [ADD], "tool_choice": {"type": "web_search"}}, "tool_choice"),
        ({"input": [HI, {"type": "web_search_call", "id": "ws_1"}]}, "input[1]"),
        ({"input": [HI, {"type": "custom_tool_call", "call_id": "c"}]}, "input[1]"),
        ({"input": [{**HI, "name": "Ann"}]}, "input[0].name"),
        ({"input": [HI, {**CALL, "namespace": "n"}, OUTPUT]}, "input[1].namespace"),
        (content({"type": "input_text", "text": "a", "x": 1}), "input[0].content[0].x"),
    ],
)
def test_what_only_openai_can_do_is_refused_so_that_another_may_be_asked(fields, param):
    error = refused(**fields)

    assert isinstance(error, Unsupported)
    assert (error.code, error.param) == ("unsupported_parameter", param)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": 1}, "input"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["Hi"]}, "input[0]"),
        ({"input": [{"role": "tool", "content": "Hi"}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": []}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": ""}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": {}}]}, "input[0].content"),
        ({"input": [HI, {**OUTPUT}]}, "input[1].call_id"),
        ({"input": [HI, CALL, OUTPUT, OUTPUT]}, "input[3].call_id"),
        ({"input": [HI, CALL, CALL, OUTPUT]}, "input[2].call_id"),
        ({"input": [HI, CALL]}, "input[1]"),
        ({"input": [HI, {**CALL, "arguments": {}}]}, "input[1].arguments"),
        ({"input": [HI, {**CALL, "name": ""}]}, "input[1].name"),
        ({"input": [HI, CALL, {**OUTPUT, "output": 3}]}, "input[2].output"),
        ({"input": [HI, {"type": "reasoning", "summary": "x"}]}, "input[1].summary"),
        (
            {"input": [HI, {"type": "reasoning", "encrypted_content": 1}]},
            "input[1].encrypted_content",
        ),
        (content("Hi"), "input[0].content[0]"),
        (content({"type": "text", "text": "Hi"}), "input[0].content[0].type"),
        (content({"type": "output_text", "text": "Hi"}), "input[0].content[0].type"),
        (content({"type": "input_text", "text": 5}), "input[0].content[0].text"),
        (content({"type": "input_image", "image_url": {}}), "input[0].content[0].image_url"),
        (content({"type": "input_image", "image_url": "a.png"}), "input[0].content[0].image_url"),
        (
            content({"type": "input_image", "image_url": "data:text/html;base64,AA"}),
            "input[0].content[0].image_url",
        ),
        (
            content({"type": "input_image", "image_url": "data:image/png,AA"}),
            "input[0].content[0].image_url",
        ),
        (
            content({"type": "input_image", "image_url": "https://a", "file_id": "f"}),
            "input[0].content[0].file_id",
        ),
        (
            content({"type": "input_image", "file_id": "f", "detail": "most"}),
            "input[0].content[0].detail",
        ),
        (content({"type": "input_file", "file_url": "ftp://a"}), "input[0].content[0].file_url"),
        (content({"type": "input_image", "file_id": "f"}, "system"), "input[0].content[0].type"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"max_output_tokens": True}, "max_output_tokens"),
        ({"max_output_tokens": "9"}, "max_output_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": -1}, "top_p"),
        ({"top_logprobs": -1}, "top_logprobs"),
        ({"parallel_tool_calls": "no"}, "parallel_tool_calls"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"type": "function", "name": "f", "parameters": "x"}]}, "tools[0].parameters"),
        ({"tools": [{**ADD, "strict": "yes"}]}, "tools[0].strict"),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [ADD], "tool_choice": {"type": "function", "name": "b"}}, "tool_choice.name"),
        (
            {"tools": [ADD], "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": []}},
            "tool_choice.tools",
        ),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
        ({"text": {"verbosity": "loud"}}, "text.verbosity"),
        ({"reasoning": {"effort": "huge"}}, "reasoning.effort"),
        ({"reasoning": "high"}, "reasoning"),
        ({"include": "all"}, "include"),
        ({"truncation": "middle"}, "truncation"),
        ({"background": "no"}, "background"),
        ({"user": 5}, "user"),
        ({"prompt_cache_key": 5}, "prompt_cache_key"),
    ],
)
def test_what_is_malformed_is_refused_by_its_path(fields, param):
    error = refused(**fields)

    assert not isinstance(error, Unsupported)
    assert (error.code, error.param) == ("invalid_field", param)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": None}, "input"),
        ({"input": [{"content": "Hi"}]}, "input[0].type"),
        ({"input": [{"role": "user"}]}, "input[0].content"),
        ({"input": [HI, {"type": "function_call", "name": "a"}]}, "input[1].call_id"),
        ({"input": [HI, {"type": "function_call", "call_id": "a"}]}, "input[1].name"),
        ({"tools": [{"name": "f"}]}, "tools[0].type"),
        (content({"type": "input_image"}), "input[0].content[0].image_url"),
        (content({"text": "Hi"}), "input[0].content[0].type"),
    ],
)
def test_what_is_missing_is_named(fields, param):
    error = refused(**fields)

    assert (error.code, error.param) == ("missing_field", param)


@pytest.mark.parametrize(
    ("name", "param"),
    [("thinking", "reasoning"), ("output", "text.format"), ("tools[0].name", "tools[0].name")],
)
def test_a_provider_that_cannot_be_told_something_has_it_named_as_the_client_did(name, param):
    assert Responses().param(name) == param


def test_a_field_that_cannot_be_decoded_is_named():
    request = asked()
    request.fields["input"] = type(request.fields["input"])(b'"\xff"')

    with pytest.raises(Exception, match="'input' must be readable JSON"):
        Responses().read(request)
