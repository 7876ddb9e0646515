"""`thinkingConfig`: how much a model thinks, in its own words, and whether its thoughts are shown.

https://ai.google.dev/gemini-api/docs/thinking. Thoughts count within `maxOutputTokens`.
"""

from typing import Any

from dataplane.conversation.effort import effort_of, thinking_tokens
from dataplane.conversation.request import Conversation, Thinking
from dataplane.providers.base import Untranslatable
from dataplane.providers.gemini.models import Abilities, Thinks

DYNAMIC = -1
FIELD = "thinking"


def thinking_config(conversation: Conversation, abilities: Abilities) -> dict[str, Any]:
    """Empty where nothing is asked for. Raises `Untranslatable`."""
    asked = conversation.thinking
    if asked is None:
        return {}
    if asked.effort == "none" or asked.tokens == 0:
        return _no_thinking(abilities)
    if abilities.thinks is Thinks.NEVER:
        raise Untranslatable(FIELD, "the model does not think before it answers")
    config: dict[str, Any] = {"includeThoughts": True} if asked.shown else {}
    if abilities.thinks is Thinks.BY_BUDGET:
        return config | _budget(asked, abilities, conversation.max_output_tokens)
    if effort := asked.effort or (effort_of(asked.tokens) if asked.tokens else None):
        config["thinkingLevel"] = abilities.level(effort)
    return config


def _no_thinking(abilities: Abilities) -> dict[str, Any]:
    if abilities.thinks is Thinks.NEVER:
        return {}
    if not abilities.can_stop_thinking:
        raise Untranslatable(FIELD, "the model always thinks before it answers")
    return {"thinkingBudget": 0}


def _budget(asked: Thinking, abilities: Abilities, output_tokens_max: int | None) -> dict[str, Any]:
    """Within what the model takes; where no room is left for thoughts, none or the least."""
    if asked.adaptive:
        return {"thinkingBudget": DYNAMIC}
    if asked.effort is not None:
        tokens = thinking_tokens(asked.effort, output_tokens_max)
    elif asked.tokens is not None:
        tokens = asked.tokens
    else:
        return {}
    if tokens == 0 and abilities.can_stop_thinking:
        return {"thinkingBudget": 0}
    return {"thinkingBudget": min(max(tokens, abilities.budget_min), abilities.budget_max)}
