"""Tools and the choice among them, as Claude takes them."""

from typing import Any

from dataplane.conversation.request import Conversation, Tool
from dataplane.providers.anthropic.turns import marked
from dataplane.providers.base import Untranslatable

NO_PARAMETERS = {"type": "object", "properties": {}}
FORCING = ("required", "named")
CHOICES = {"auto": "auto", "none": "none", "required": "any", "named": "tool"}


def tool_fields(conversation: Conversation) -> dict[str, Any]:
    """`tools` and `tool_choice`."""
    if not conversation.tools:
        if (forced := conversation.tool_choice) is not None and forced.mode in FORCING:
            raise Untranslatable("tool_choice", "there are no tools to choose from")
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in conversation.tools]}
    if choice := _choice(conversation):
        fields["tool_choice"] = choice
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    written: dict[str, Any] = {"name": tool.name}
    if tool.description:
        written["description"] = tool.description
    written["input_schema"] = tool.parameters or NO_PARAMETERS
    if tool.strict:
        written["strict"] = True
    return marked(written, tool.cache)


def _choice(conversation: Conversation) -> dict[str, Any] | None:
    """One call at a time is a property of the choice here, so wishing it is choosing freely."""
    one_at_a_time = conversation.parallel_tool_calls is False
    choice = conversation.tool_choice
    if choice is None:
        return {"type": "auto", "disable_parallel_tool_use": True} if one_at_a_time else None
    written: dict[str, Any] = {"type": CHOICES[choice.mode]}
    if choice.name is not None:
        written["name"] = choice.name
    if one_at_a_time and choice.mode != "none":
        written["disable_parallel_tool_use"] = True
    return written
