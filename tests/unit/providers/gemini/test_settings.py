"""What else is asked of an answer: limits, sampling, formats, tools, thinking."""

from typing import Any

import pytest

from dataplane.conversation.request import OutputFormat, Thinking, ToolChoice
from dataplane.providers.base import Untranslatable
from tests.unit.providers.gemini.asking import (
    OUTPUT_TOKENS_DEFAULT,
    asking,
    deployment,
    provider,
    request,
    sent,
    tool,
)

SCHEMA = {"type": "object", "properties": {"city": {"$ref": "#/$defs/city"}}}


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("max_output_tokens", 100, "maxOutputTokens"),
        ("temperature", 0, "temperature"),
        ("temperature", 1.5, "temperature"),
        ("top_p", 0.9, "topP"),
        ("top_k", 40, "topK"),
        ("n", 2, "candidateCount"),
        ("seed", 0, "seed"),
        ("frequency_penalty", 0.5, "frequencyPenalty"),
        ("presence_penalty", -0.5, "presencePenalty"),
        ("stop", ["END"], "stopSequences"),
    ],
)
async def test_settings_have_googles_names(field: str, value: Any, name: str):
    assert (await sent(asking(**{field: value})))["generationConfig"] == {name: value}


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 1},
        {"frequency_penalty": 0, "presence_penalty": 0.0},
        {"logprobs": False, "top_logprobs": 0, "logit_bias": {}},
        {"verbosity": "medium"},
        {"service_tier": "auto"},
        {"service_tier": "default"},
        {"parallel_tool_calls": False},
        {"parallel_tool_calls": True, "tools": [tool()]},
    ],
)
async def test_what_asks_for_nothing_is_not_sent(fields: dict[str, Any]):
    assert (await sent(asking(**fields))).keys() <= {"contents", "tools"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"logit_bias": {"50256": -100}}, "logit_bias"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"verbosity": "low"}, "verbosity"),
        ({"service_tier": "scale"}, "service_tier"),
        ({"tools": [tool()], "parallel_tool_calls": False}, "parallel_tool_calls"),
        ({"tool_choice": ToolChoice("required")}, "tool_choice"),
    ],
)
async def test_what_gemini_has_no_word_for_is_refused_by_name(fields: dict[str, Any], named: str):
    with pytest.raises(Untranslatable) as raised:
        await sent(asking(**fields))
    assert raised.value.field == named


async def test_a_model_that_nobody_knows_the_limit_of_is_told_what_was_reserved():
    body = await sent(asking(), output_tokens_max=None, context_tokens=None)
    assert body["generationConfig"] == {"maxOutputTokens": OUTPUT_TOKENS_DEFAULT}


async def test_whom_a_service_calls_for_is_not_told_and_the_client_knows():
    conversation = asking(end_user="alice")
    assert (await sent(conversation)).keys() == {"contents"}
    assert conversation.ignored == ["end_user"]


async def test_a_tier_is_a_field_of_the_body():
    assert (await sent(asking(service_tier="flex")))["serviceTier"] == "flex"


@pytest.mark.parametrize(
    ("output", "config"),
    [
        (OutputFormat(), {"responseMimeType": "application/json"}),
        (
            OutputFormat(SCHEMA, "answer", strict=True),
            {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA},
        ),
        (
            OutputFormat(SCHEMA, description="A city."),
            {
                "responseMimeType": "application/json",
                "responseJsonSchema": {**SCHEMA, "description": "A city."},
            },
        ),
    ],
)
async def test_json_is_asked_for_by_its_own_schema(output: OutputFormat, config: dict[str, Any]):
    assert (await sent(asking(output=output)))["generationConfig"] == config


async def test_schemas_of_functions_go_as_they_are():
    body = await sent(
        asking(tools=[tool(parameters=SCHEMA), tool("now", description=None, parameters=None)])
    )

    assert body["tools"] == [
        {
            "functionDeclarations": [
                {
                    "name": "get_weather",
                    "description": "The weather.",
                    "parametersJsonSchema": SCHEMA,
                },
                {"name": "now"},
            ]
        }
    ]
    assert "toolConfig" not in body


@pytest.mark.parametrize(
    ("choice", "strict", "config"),
    [
        (ToolChoice("auto"), False, None),
        (ToolChoice("none"), False, {"mode": "NONE"}),
        (ToolChoice("required"), False, {"mode": "ANY"}),
        (
            ToolChoice("named", "get_weather"),
            True,
            {"mode": "ANY", "allowedFunctionNames": ["get_weather"]},
        ),
        (ToolChoice("auto"), True, {"mode": "VALIDATED"}),
        (None, True, {"mode": "VALIDATED"}),
    ],
)
async def test_the_choice_of_a_tool(
    choice: ToolChoice | None, strict: bool, config: dict[str, Any] | None
):
    body = await sent(asking(tools=[tool(strict=strict)], tool_choice=choice))
    assert body.get("toolConfig", {}).get("functionCallingConfig") == config


async def test_a_model_that_cannot_be_held_to_schemas_is_not_and_the_client_knows():
    conversation = asking(tools=[tool(strict=True)])
    assert "toolConfig" not in await sent(conversation, "gemini-2.0-flash")
    assert conversation.ignored == ["tools[].strict"]


PRO, FLASH, LITE = "gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite"
SHOWN = {"includeThoughts": True}


@pytest.mark.parametrize(
    ("model", "asked", "config"),
    [
        (FLASH, Thinking(effort="low"), {"thinkingBudget": 2_048, **SHOWN}),
        (FLASH, Thinking(effort="max"), {"thinkingBudget": 24_576, **SHOWN}),
        (PRO, Thinking(effort="max"), {"thinkingBudget": 32_768, **SHOWN}),
        (FLASH, Thinking(tokens=5_000, shown=False), {"thinkingBudget": 5_000}),
        (LITE, Thinking(tokens=100), {"thinkingBudget": 512, **SHOWN}),
        (FLASH, Thinking(effort="none"), {"thinkingBudget": 0}),
        (FLASH, Thinking(tokens=0), {"thinkingBudget": 0}),
        (FLASH, Thinking(adaptive=True), {"thinkingBudget": -1, **SHOWN}),
        (FLASH, Thinking(), SHOWN),
        (
            "gemini-3-flash-preview",
            Thinking(effort="minimal"),
            {"thinkingLevel": "minimal", **SHOWN},
        ),
        ("gemini-3.8-flash", Thinking(effort="minimal"), {"thinkingLevel": "low", **SHOWN}),
        ("gemini-3-pro-preview", Thinking(effort="medium"), {"thinkingLevel": "high", **SHOWN}),
        ("gemini-3.1-pro-preview", Thinking(effort="medium"), {"thinkingLevel": "medium", **SHOWN}),
        ("gemini-4-argon", Thinking(effort="xhigh"), {"thinkingLevel": "high", **SHOWN}),
        ("gemini-flash-latest", Thinking(tokens=2_000), {"thinkingLevel": "low", **SHOWN}),
        ("google/gemini-4-argon", Thinking(tokens=50_000), {"thinkingLevel": "high", **SHOWN}),
        ("gemini-4-argon", Thinking(adaptive=True), SHOWN),
        ("gemini-2.0-flash", Thinking(effort="none"), None),
        ("gemma-3-27b-it", Thinking(effort="none"), None),
    ],
)
async def test_thinking_is_told_in_the_models_own_words(
    model: str, asked: Thinking, config: dict[str, Any] | None
):
    body = await sent(asking(thinking=asked), model)
    assert body.get("generationConfig", {}).get("thinkingConfig") == config


@pytest.mark.parametrize(
    ("model", "effort", "limit", "budget"),
    [(FLASH, "high", 8_000, 6_000), (FLASH, "high", 500, 0), (PRO, "high", 500, 128)],
)
async def test_thoughts_leave_room_for_the_answer(model: str, effort: str, limit: int, budget: int):
    body = await sent(asking(thinking=Thinking(effort=effort), max_output_tokens=limit), model)
    assert body["generationConfig"]["thinkingConfig"]["thinkingBudget"] == budget


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (PRO, Thinking(effort="none")),
        ("gemini-3-flash-preview", Thinking(effort="none")),
        ("gemini-2.0-flash", Thinking(effort="high")),
        ("gemini-2.5-flash-image", Thinking(tokens=1_024)),
    ],
)
async def test_thinking_that_a_model_cannot_do_is_refused(model: str, asked: Thinking):
    with pytest.raises(Untranslatable) as raised:
        await sent(asking(thinking=asked), model)
    assert raised.value.field == "thinking"


GOOGLE = "https://generativelanguage.googleapis.com"


@pytest.mark.parametrize(
    ("base_url", "model", "streamed", "url"),
    [
        (GOOGLE, "gemini-2.5-pro", False, f"{GOOGLE}/v1beta/models/gemini-2.5-pro:generateContent"),
        (
            f"{GOOGLE}/v1beta",
            "models/gemini-2.5-pro",
            True,
            f"{GOOGLE}/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        ),
        (f"{GOOGLE}/v1", "gemini-x", False, f"{GOOGLE}/v1/models/gemini-x:generateContent"),
        (
            f"{GOOGLE}/v1beta/openai",
            "tunedModels/mine",
            False,
            f"{GOOGLE}/v1beta/tunedModels/mine:generateContent",
        ),
        (
            GOOGLE,
            "gemini/../../other?x=1#y",
            False,
            f"{GOOGLE}/v1beta/models/gemini%2F..%2F..%2Fother%3Fx%3D1%23y:generateContent",
        ),
    ],
)
async def test_the_address_is_that_of_the_model(
    base_url: str, model: str, streamed: bool, url: str
):
    to = deployment(model, provider=provider(base_url=base_url))
    asked = await request(asking(), to, streamed=streamed)
    assert asked.url == url
    assert asked.headers["x-goog-api-key"] == "AIza-key"
