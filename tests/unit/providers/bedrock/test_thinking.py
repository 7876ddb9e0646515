"""How models behind Converse are told to think, each in its maker's words."""

from typing import Any

import msgspec
import pytest

from dataplane.conversation.request import Thinking, Tool, ToolChoice
from dataplane.providers.base import Untranslatable
from dataplane.providers.bedrock.families import Family, family_of
from dataplane.providers.bedrock.requests import written
from tests.unit.providers.bedrock.asking import (
    CLAUDE,
    DEFAULT,
    GPT_OSS,
    LLAMA,
    NEW_CLAUDE,
    NOVA,
    deployment,
    saying,
)
from tests.unit.providers.bedrock.shapes import assert_valid

OPAQUE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
GPT = "openai.gpt-5.2"


def sent(thinking: Thinking, model: str, limit: int = DEFAULT, **asked: Any) -> Any:
    fields = written(saying("Why?", thinking=thinking, **asked), deployment(model), limit)
    body = msgspec.json.decode(msgspec.json.encode(fields))
    assert_valid("Converse", body)
    body.pop("messages")
    return body


@pytest.mark.parametrize(
    ("model", "thinking", "additional"),
    [
        (CLAUDE, Thinking(tokens=2_000), {"thinking": {"type": "enabled", "budget_tokens": 2_000}}),
        (CLAUDE, Thinking("low"), {"thinking": {"type": "enabled", "budget_tokens": 2_048}}),
        (CLAUDE, Thinking("max"), {"thinking": {"type": "enabled", "budget_tokens": 12_288}}),
        (
            CLAUDE,
            Thinking("low", shown=False),
            {"thinking": {"type": "enabled", "budget_tokens": 2_048}},
        ),
        (
            "anthropic.claude-opus-4-7",
            Thinking(adaptive=True, shown=False),
            {"thinking": {"type": "adaptive", "display": "omitted"}},
        ),
        (NOVA, Thinking("none"), {"reasoningConfig": {"type": "disabled"}}),
        (NOVA, Thinking(tokens=0), {"reasoningConfig": {"type": "disabled"}}),
        (
            NOVA,
            Thinking("minimal"),
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}},
        ),
        (
            NOVA,
            Thinking("max"),
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}},
        ),
        (
            NOVA,
            Thinking(adaptive=True),
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}},
        ),
        (GPT_OSS, Thinking("minimal"), {"reasoning_effort": "low"}),
        (GPT_OSS, Thinking("medium"), {"reasoning_effort": "medium"}),
        (GPT_OSS, Thinking("xhigh"), {"reasoning_effort": "high"}),
        (GPT_OSS, Thinking(tokens=1_500), {"reasoning_effort": "low"}),
        (GPT, Thinking("none"), {"reasoning": {"effort": "none"}}),
        (GPT, Thinking("xhigh"), {"reasoning": {"effort": "xhigh"}}),
    ],
)
def test_each_maker_has_words_of_its_own(model: str, thinking: Thinking, additional: Any):
    assert sent(thinking, model)["additionalModelRequestFields"] == additional


def test_newer_claude_is_told_an_effort_where_converse_has_a_field_for_it():
    assert sent(Thinking("high"), NEW_CLAUDE) == {
        "additionalModelRequestFields": {"thinking": {"type": "adaptive"}},
        "outputConfig": {"effort": "high"},
    }


def test_a_budget_comes_with_the_limit_that_it_is_below():
    assert sent(Thinking(tokens=2_000), CLAUDE, 9_000)["inferenceConfig"] == {"maxTokens": 9_000}
    assert "inferenceConfig" not in sent(Thinking("high"), NEW_CLAUDE)


def test_claude_is_not_told_not_to_think():
    assert sent(Thinking("none"), CLAUDE) == {}


def test_a_ceiling_for_nova_is_kept_by_thinking_less_beside_a_limit():
    body = sent(Thinking(tokens=30_000), NOVA, max_output_tokens=32_000)

    assert body["inferenceConfig"] == {"maxTokens": 32_000}
    assert body["additionalModelRequestFields"]["reasoningConfig"] == {
        "type": "enabled",
        "maxReasoningEffort": "medium",
    }


@pytest.mark.parametrize(
    ("model", "thinking", "asked", "field"),
    [
        (NOVA, Thinking("high"), {"max_output_tokens": 100}, "max_output_tokens"),
        (NOVA, Thinking("high"), {"temperature": 0.5}, "temperature"),
        (GPT_OSS, Thinking("none"), {}, "thinking"),
        (LLAMA, Thinking("low"), {}, "thinking"),
        (OPAQUE, Thinking("low"), {}, "thinking"),
        (CLAUDE, Thinking(tokens=DEFAULT), {}, "thinking"),
        (CLAUDE, Thinking("low"), {"temperature": 0.5}, "temperature"),
        (CLAUDE, Thinking("low"), {"top_k": 5}, "top_k"),
        (
            CLAUDE,
            Thinking("low"),
            {"tools": [Tool("now", None, None)], "tool_choice": ToolChoice("required")},
            "tool_choice",
        ),
        ("anthropic.claude-3-haiku-20240307-v1:0", Thinking("low"), {}, "thinking"),
    ],
)
def test_what_does_not_go_together_is_refused(
    model: str, thinking: Thinking, asked: dict[str, Any], field: str
):
    with pytest.raises(Untranslatable) as caught:
        sent(thinking, model, **asked)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("model", "name", "family"),
    [
        (CLAUDE, None, Family.CLAUDE),
        (f"arn:aws:bedrock:us-east-1:1:inference-profile/{NOVA}", None, Family.NOVA),
        (OPAQUE, None, Family.OTHER),
        (OPAQUE, "claude-opus-4-6", Family.CLAUDE),
        (OPAQUE, "our-nova", Family.NOVA),
        (GPT_OSS, None, Family.GPT_OSS),
        (GPT, None, Family.OPENAI),
    ],
)
def test_whose_model_it_is_tells_its_id_or_the_name_it_has_here(
    model: str, name: str | None, family: Family
):
    assert family_of(deployment(model, name=name)) is family


def test_an_arn_that_says_nothing_thinks_as_the_model_it_is_named_after():
    at = deployment(OPAQUE, name="claude-opus-4-6")
    body = written(saying("Why?", thinking=Thinking("low")), at, DEFAULT)

    assert body["additionalModelRequestFields"] == {"thinking": {"type": "adaptive"}}
