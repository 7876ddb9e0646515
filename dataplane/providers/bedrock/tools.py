"""Tools and the choice among them, as Converse takes them.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html. Claude's
own form of the choice says what Converse has no field for: none, and one call at a time.
"""

from typing import Any

from dataplane.conversation.request import Conversation, Tool
from dataplane.providers.base import Untranslatable
from dataplane.providers.bedrock.families import Family
from dataplane.providers.bedrock.hints import CachePoints

NO_PARAMETERS = {"type": "object", "properties": {}}
FORCING = ("required", "named")
CLAUDES_CHOICES = {"auto": "auto", "none": "none", "required": "any", "named": "tool"}


def tool_fields(
    conversation: Conversation, family: Family, *, uses_tools: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`toolConfig`, and what goes to the model beside it. `uses_tools`: the turns show calls.

    Raises `Untranslatable`.
    """
    choice = conversation.tool_choice
    mode = choice.mode if choice is not None else None
    if not conversation.tools:
        if mode in FORCING:
            raise Untranslatable("tool_choice", "there are no tools to choose from")
        if uses_tools:
            why = "Bedrock wants the tools described whose calls are in the messages"
            raise Untranslatable("tools", why)
        return {}, {}
    if mode == "none" and not uses_tools:
        return {}, {}  # a tool that the model never heard of is not called
    config: dict[str, Any] = {"tools": _tools(conversation, family)}
    if mode == "none" or conversation.parallel_tool_calls is False:
        return {"toolConfig": config}, {"tool_choice": _claudes_choice(conversation, family)}
    if choice is not None:
        config["toolChoice"] = _choice(choice.mode, choice.name)
    return {"toolConfig": config}, {}


def _tools(conversation: Conversation, family: Family) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    cache_points = CachePoints(conversation, family)
    for tool in conversation.tools:
        written.append({"toolSpec": _specification(tool)})
        cache_points.add(tool.cache, written, "tools")
    return written


def _specification(tool: Tool) -> dict[str, Any]:
    specification: dict[str, Any] = {"name": tool.name}
    if tool.description:
        specification["description"] = tool.description
    specification["inputSchema"] = {"json": tool.parameters or NO_PARAMETERS}
    if tool.strict:
        specification["strict"] = True
    return specification


def _choice(mode: str, name: str | None) -> dict[str, Any]:
    if mode == "named":
        return {"tool": {"name": name}}
    return {"any": {}} if mode == "required" else {"auto": {}}


def _claudes_choice(conversation: Conversation, family: Family) -> dict[str, Any]:
    """Said in the model's own words, it must not be said in those of Converse as well."""
    choice = conversation.tool_choice
    mode = choice.mode if choice is not None else "auto"
    if family is not Family.CLAUDE:
        if mode == "none":
            raise Untranslatable("tool_choice", "Bedrock cannot keep the model from calling tools")
        raise Untranslatable("parallel_tool_calls", "Bedrock cannot keep the model to one call")
    written: dict[str, Any] = {"type": CLAUDES_CHOICES[mode]}
    if choice is not None and choice.name is not None:
        written["name"] = choice.name
    if mode != "none" and conversation.parallel_tool_calls is False:
        written["disable_parallel_tool_use"] = True
    return written
