"""What a conversation comes to in the body of a request."""

from typing import Any

import pytest

from dataplane.conversation.request import (
    Conversation,
    OutputFormat,
    Thinking,
    Tool,
    ToolChoice,
)
from tests.estimates import call, deployment
from tests.unit.providers.openai_conversing.asking import (
    HELLO,
    PROVIDERS,
    body,
    body_of,
    refused,
)

SCHEMA = {"type": "object", "properties": {"a": {"default": None}}}
TOOL = Tool("add", "Adds", SCHEMA, strict=True)
BARE_TOOL = Tool("now", None, None)
NAMED = {"type": "function", "function": {"name": "add"}}

SETTINGS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"max_output_tokens": 5}, {"max_completion_tokens": 5}),
    ({"temperature": 0.0, "top_p": 0.5}, {"temperature": 0.0, "top_p": 0.5}),
    ({"stop": ["a"]}, {"stop": ["a"]}),
    ({"n": 2, "seed": 7}, {"n": 2, "seed": 7}),
    ({"frequency_penalty": 1.0, "presence_penalty": -1.0},) * 2,
    ({"logit_bias": {"1": 2}}, {"logit_bias": {"1": 2}}),
    ({"verbosity": "low"}, {"verbosity": "low"}),
    ({"end_user": "alice"}, {"user": "alice"}),
    ({"service_tier": "default"}, {"service_tier": "default"}),
    ({"thinking": Thinking(effort="high")}, {"reasoning_effort": "high"}),
    ({"thinking": Thinking(effort="low", adaptive=True)}, {"reasoning_effort": "low"}),
    ({"thinking": Thinking(tokens=2_000)}, {"reasoning_effort": "low"}),
    ({"thinking": Thinking(adaptive=True)}, {}),
    ({"thinking": Thinking(effort="none")}, {}),
    ({"output": OutputFormat()}, {"response_format": {"type": "json_object"}}),
    (
        {"output": OutputFormat(SCHEMA, "n", "d", strict=True)},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "description": "d", "schema": SCHEMA, "strict": True},
            }
        },
    ),
    (
        {"tools": [TOOL], "parallel_tool_calls": False},
        {
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "add",
                        "description": "Adds",
                        "parameters": SCHEMA,
                        "strict": True,
                    },
                }
            ],
            "parallel_tool_calls": False,
        },
    ),
    (
        {"tools": [BARE_TOOL], "tool_choice": ToolChoice("required")},
        {
            "tools": [{"type": "function", "function": {"name": "now"}}],
            "tool_choice": "required",
        },
    ),
    ({"parallel_tool_calls": False, "tool_choice": ToolChoice("none")}, {}),
]


@pytest.mark.parametrize(("asked", "written"), SETTINGS, ids=str)
async def test_a_setting_has_openais_name(asked: dict[str, Any], written: dict[str, Any]):
    found = await body(**asked)

    assert found.pop("model") == "gpt-4o"
    assert found.pop("messages") == [{"role": "user", "content": "Hello"}]
    assert found == written


async def test_a_tool_is_chosen_by_its_name():
    found = await body(tools=[TOOL], tool_choice=ToolChoice("named", "add"))

    assert found["tool_choice"] == NAMED


async def test_a_stream_always_tells_its_usage():
    found = await body(streamed=True)

    assert found["stream"] is True
    assert found["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("kind", "vendor", "name"),
    [
        ("openai", "openai", "max_completion_tokens"),
        ("azure_openai", "azure", "max_completion_tokens"),
        ("openai_compatible", "openai", "max_completion_tokens"),
        ("openai_compatible", "deepseek", "max_tokens"),
        ("openai_compatible", "mistral", "max_tokens"),
        ("openai_compatible", "", "max_tokens"),
    ],
)
async def test_the_limit_has_the_name_that_the_server_knows(kind: str, vendor: str, name: str):
    found = await body(kind=kind, vendor=vendor, max_output_tokens=5)

    assert found[name] == 5
    assert not {"max_tokens", "max_completion_tokens"} - {name} & found.keys()


async def test_mistral_is_sent_nothing_that_it_would_refuse():
    asked = Conversation([HELLO], end_user="alice")

    found = await body_of(asked, kind="openai_compatible", vendor="mistral", streamed=True)

    assert found.keys() == {"model", "messages", "stream"}
    assert asked.ignored == ["end_user"]


async def test_models_that_think_unasked_are_told_not_to():
    off = Thinking(effort="none")

    found = await body(kind="openai_compatible", vendor="deepseek", thinking=off)

    assert found["thinking"] == {"type": "disabled"}


async def test_a_long_name_of_an_end_user_is_shortened_to_the_same_each_time():
    names = [(await body(end_user="a" * 140))["user"] for _ in range(2)]

    assert names[0] == names[1]
    assert len(names[0]) == 64


async def test_a_compatible_server_is_asked_for_its_usual_tier_by_no_name():
    usual = await body(kind="openai_compatible", vendor="groq", service_tier="default")
    flex = await body(kind="openai_compatible", vendor="groq", service_tier="flex")

    assert "service_tier" not in usual
    assert flex["service_tier"] == "flex"


async def test_top_k_is_for_compatible_servers_alone():
    found = await body(kind="openai_compatible", vendor="together", top_k=5)

    assert found["top_k"] == 5
    assert (await refused(top_k=5)).field == "top_k"


@pytest.mark.parametrize("asked", [{"logprobs": True}, {"top_logprobs": 2}])
async def test_what_no_answer_has_a_place_for_is_refused(asked: dict[str, Any]):
    assert (await refused(**asked)).field in asked


async def test_each_kind_is_asked_at_its_own_address():
    chat = "https://far.example/v1/chat/completions"
    azure = "https://far.example/openai/deployments/gpt-4o/chat/completions?api-version="

    assert await url("openai", "https://far.example/v1") == chat
    assert await url("openai_compatible", "https://far.example/v1") == chat
    assert (await url("azure_openai", "https://far.example")).startswith(azure)


async def url(kind: str, base_url: str) -> str:
    far = deployment(kind=kind)
    object.__setattr__(far.provider, "base_url", base_url)
    return (await PROVIDERS[kind].request(Conversation([HELLO]), call({}), far)).url
