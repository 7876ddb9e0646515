"""How much Claude is told to think, in the words that its model knows."""

from typing import Any

import pytest

from dataplane.conversation.request import Thinking, ToolChoice
from dataplane.providers.anthropic.models import Thinks, abilities_of
from dataplane.providers.base import Untranslatable
from tests.unit.providers.anthropic.asking import ADAPTIVE, BUDGETED, asking, sent, tool


@pytest.mark.parametrize(
    ("model", "thinks", "samples", "off"),
    [
        ("claude-3-haiku-20240307", Thinks.NEVER, True, None),
        ("claude-3-5-sonnet-20241022", Thinks.NEVER, True, None),
        ("claude-3-7-sonnet-20250219", Thinks.BY_BUDGET, True, "disabled"),
        ("claude-sonnet-4-0", Thinks.BY_BUDGET, True, "disabled"),
        ("claude-opus-4-20250514", Thinks.BY_BUDGET, True, "disabled"),
        ("claude-sonnet-4-5@20250929", Thinks.BY_BUDGET, True, "disabled"),
        ("claude-opus-4-5-20251101", Thinks.BY_BUDGET, True, "disabled"),
        ("anthropic/claude-haiku-4.5", Thinks.BY_BUDGET, True, "disabled"),
        ("claude-opus-4-6", Thinks.ADAPTIVELY, True, "disabled"),
        ("us.anthropic.claude-sonnet-4-6-v1:0", Thinks.ADAPTIVELY, True, "disabled"),
        ("claude-opus-4-7", Thinks.ADAPTIVELY, False, "disabled"),
        ("claude-sonnet-5", Thinks.ADAPTIVELY, False, "disabled"),
        ("claude-opus-5", Thinks.ADAPTIVELY, False, "disabled"),
        ("claude-opus-5-5", Thinks.ADAPTIVELY, False, None),
        ("claude-sonnet-5-5", Thinks.ADAPTIVELY, False, "between_tools"),
        ("claude-haiku-5-5", Thinks.ADAPTIVELY, False, "disabled"),
        ("claude-fable-5", Thinks.ADAPTIVELY, False, None),
        ("claude-mythos-preview", Thinks.ADAPTIVELY, False, None),
        ("claude-octopus-9-1", Thinks.ADAPTIVELY, False, "disabled"),
        ("claude-of-tomorrow", Thinks.ADAPTIVELY, False, "disabled"),
        ("glm-5.1", Thinks.BY_BUDGET, True, "disabled"),
    ],
)
def test_what_a_model_takes_is_told_by_its_name(
    model: str, thinks: Thinks, samples: bool, off: str | None
) -> None:
    abilities = abilities_of(model)
    assert (abilities.thinks, abilities.samples, abilities.off) == (thinks, samples, off)


SHOWN = {"display": "summarized"}


@pytest.mark.parametrize(
    ("model", "thinking", "expected"),
    [
        (BUDGETED, Thinking(effort="low"), {"type": "enabled", "budget_tokens": 2_048}),
        (BUDGETED, Thinking(effort="high"), {"type": "enabled", "budget_tokens": 16_384}),
        (BUDGETED, Thinking(tokens=5_000), {"type": "enabled", "budget_tokens": 5_000}),
        (BUDGETED, Thinking(adaptive=True), {"type": "enabled", "budget_tokens": 8_192}),
        (
            BUDGETED,
            Thinking(tokens=5_000, shown=False),
            {"type": "enabled", "budget_tokens": 5_000, "display": "omitted"},
        ),
        (BUDGETED, Thinking(effort="none"), None),
        ("claude-3-haiku-20240307", Thinking(effort="none"), None),
        ("claude-opus-4-6", Thinking(effort="low"), {"type": "adaptive"}),
        (ADAPTIVE, Thinking(effort="low"), {"type": "adaptive", **SHOWN}),
        (ADAPTIVE, Thinking(tokens=5_000), {"type": "adaptive", **SHOWN}),
        (ADAPTIVE, Thinking(adaptive=True), {"type": "adaptive", **SHOWN}),
        (ADAPTIVE, Thinking(effort="low", shown=False), {"type": "adaptive", "display": "omitted"}),
        (ADAPTIVE, Thinking(effort="none"), {"type": "disabled"}),
        (ADAPTIVE, Thinking(tokens=0), {"type": "disabled"}),
        ("claude-sonnet-5-5", Thinking(effort="none"), {"type": "between_tools"}),
    ],
)
async def test_thinking_in_the_words_of_the_model(model: str, thinking: Thinking, expected: Any):
    assert (await sent(asking(thinking=thinking), model)).get("thinking") == expected


@pytest.mark.parametrize(
    ("model", "thinking", "effort"),
    [
        (BUDGETED, Thinking(effort="low"), None),
        (ADAPTIVE, Thinking(adaptive=True), None),
        (ADAPTIVE, Thinking(effort="none"), None),
        (ADAPTIVE, Thinking(effort="minimal"), "low"),
        (ADAPTIVE, Thinking(effort="medium"), "medium"),
        (ADAPTIVE, Thinking(effort="xhigh"), "xhigh"),
        (ADAPTIVE, Thinking(effort="max"), "max"),
        (ADAPTIVE, Thinking(tokens=2_000), "low"),
        (ADAPTIVE, Thinking(tokens=20_000), "high"),
        (ADAPTIVE, Thinking(effort="low", adaptive=True), "low"),
        ("claude-opus-4-6", Thinking(effort="xhigh"), "max"),
    ],
)
async def test_effort_in_the_words_of_the_model(model: str, thinking: Thinking, effort: str | None):
    config = (await sent(asking(thinking=thinking), model)).get("output_config")
    assert config == (None if effort is None else {"effort": effort})


async def test_a_budget_is_below_the_limit_of_the_answer():
    body = await sent(asking(thinking=Thinking(effort="high"), max_output_tokens=4_000))
    assert body["thinking"]["budget_tokens"] == 3_000
    assert body["max_tokens"] == 4_000


@pytest.mark.parametrize(
    ("model", "fields", "named"),
    [
        ("claude-3-haiku-20240307", {"thinking": Thinking(effort="low")}, "thinking"),
        ("claude-fable-5", {"thinking": Thinking(effort="none")}, "thinking"),
        (BUDGETED, {"thinking": Thinking(tokens=1_000)}, "thinking"),
        (BUDGETED, {"thinking": Thinking(tokens=2_000), "max_output_tokens": 2_000}, "thinking"),
        (BUDGETED, {"thinking": Thinking(effort="low"), "max_output_tokens": 1_024}, "thinking"),
        (BUDGETED, {"thinking": Thinking(effort="low"), "temperature": 0.5}, "temperature"),
        (BUDGETED, {"thinking": Thinking(effort="low"), "top_k": 5}, "top_k"),
        (
            BUDGETED,
            {"thinking": Thinking(effort="low"), "tool_choice": ToolChoice("required")},
            "tool_choice",
        ),
        (
            ADAPTIVE,
            {"thinking": Thinking(adaptive=True), "tool_choice": ToolChoice("named", "a")},
            "tool_choice",
        ),
    ],
)
async def test_what_goes_with_no_thinking_is_refused_by_name(
    model: str, fields: dict[str, Any], named: str
):
    with pytest.raises(Untranslatable) as raised:
        await sent(asking(tools=[tool()], **fields), model)
    assert raised.value.field == named
