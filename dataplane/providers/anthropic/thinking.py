"""How much Claude is told to think, in the words of its model, and what goes with thinking.

https://platform.claude.com/docs/en/build-with-claude/extended-thinking: a budget has at least 1,024
tokens and fewer than the whole answer, and thinking goes with no forced tool and no sampling.
"""

from typing import Any

from dataplane.conversation.effort import THINKING_TOKENS_MIN, effort_of, thinking_tokens
from dataplane.conversation.request import Conversation, Thinking
from dataplane.providers.anthropic.models import Abilities, Thinks
from dataplane.providers.anthropic.tools import FORCING
from dataplane.providers.base import Untranslatable

EFFORT_DEFAULT = "medium"


def thinking_fields(
    conversation: Conversation, abilities: Abilities, output_tokens_max: int
) -> dict[str, Any]:
    """`thinking`, and `output_config` with an effort, as far as the client asks for either."""
    asked = conversation.thinking
    if asked is None:
        return {}
    if asked.effort == "none" or asked.tokens == 0:
        return _no_thinking(abilities)
    if abilities.thinks is Thinks.NEVER:
        raise Untranslatable("thinking", "the model does not think before it answers")
    if conversation.tool_choice is not None and conversation.tool_choice.mode in FORCING:
        raise Untranslatable("tool_choice", "Claude cannot be forced to a tool while it thinks")
    if abilities.thinks is Thinks.BY_BUDGET:
        budget = _budget(asked, output_tokens_max)
        return {
            "thinking": {"type": "enabled", "budget_tokens": budget, **_display(asked, abilities)}
        }
    fields: dict[str, Any] = {"thinking": {"type": "adaptive", **_display(asked, abilities)}}
    if effort := asked.effort or (effort_of(asked.tokens) if asked.tokens else None):
        fields["output_config"] = {"effort": abilities.effort(effort)}
    return fields


def sampling_fields(
    conversation: Conversation, abilities: Abilities, *, thinks: bool
) -> dict[str, Any]:
    """Temperature and the like. 1 is what Claude does without being told, and says nothing."""
    fields: dict[str, Any] = {}
    for name in ("temperature", "top_p", "top_k"):
        value = getattr(conversation, name)
        if value is None or (name != "top_k" and value == 1):
            continue
        if not abilities.samples:
            raise Untranslatable(name, "the model takes no sampling parameters")
        if thinks and name != "top_p":
            raise Untranslatable(name, "Claude takes none while it thinks")
        if name != "top_k" and not 0 <= value <= 1:
            raise Untranslatable(name, "Claude takes 0 to 1")
        fields[name] = value
    return fields


def _no_thinking(abilities: Abilities) -> dict[str, Any]:
    """Older models think when told to alone; of others, some cannot be told not to."""
    if abilities.thinks is not Thinks.ADAPTIVELY:
        return {}
    if abilities.off is None:
        raise Untranslatable("thinking", "the model always thinks before it answers")
    return {"thinking": {"type": abilities.off}}


def _budget(asked: Thinking, output_tokens_max: int) -> int:
    if asked.tokens is None:
        budget = thinking_tokens(asked.effort or EFFORT_DEFAULT, output_tokens_max)
    else:
        budget = asked.tokens
    if budget < THINKING_TOKENS_MIN or budget >= output_tokens_max:
        why = (
            f"Claude thinks with {THINKING_TOKENS_MIN} tokens or more, of {output_tokens_max} here"
        )
        raise Untranslatable("thinking", why)
    return budget


def _display(asked: Thinking, abilities: Abilities) -> dict[str, str]:
    if not asked.shown:
        return {"display": "omitted"}
    return {"display": "summarized"} if abilities.hides_thoughts else {}
