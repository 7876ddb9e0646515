"""Functions that the model may ask for, and which of them it must."""

from typing import Any

from dataplane.conversation.request import Conversation, Tool, ToolChoice
from dataplane.dialects.faults import NAME_LENGTH_MAX, invalid, unsupported
from dataplane.dialects.responses.reading import (
    Object,
    flag,
    listed,
    mapping,
    nothing_but,
    one_of,
    optional,
    required,
)

MODES = ("auto", "none", "required")
DIRECT = ["direct"]


def read_tools(value: Any, conversation: Conversation) -> None:
    for index, given in enumerate(listed(value, "tools")):
        path = f"tools[{index}]"
        tool = mapping(given, path)
        kind = required(tool, "type", path)
        if kind != "function":
            raise unsupported(path, f"the provider has no tools of type '{kind[:NAME_LENGTH_MAX]}'")
        conversation.tools.append(_function(tool, path))


def _function(tool: Object, path: str) -> Tool:
    """What says only what is so anyway (not deferred, called directly, awaited) is let pass."""
    usual = {"defer_loading": False, "async": False, "allowed_callers": DIRECT}
    asked = {name: value for name, value in tool.items() if value != usual.get(name, ())}
    nothing_but(asked, ("type", "name", "description", "parameters", "strict"), path)
    parameters, strict = tool.get("parameters"), tool.get("strict")
    return Tool(
        name=required(tool, "name", path),
        description=optional(tool, "description", path),
        parameters=None if parameters is None else mapping(parameters, f"{path}.parameters"),
        strict=None if strict is None else flag(strict, f"{path}.strict"),
        path=path,
    )


def read_tool_choice(value: Any, conversation: Conversation) -> None:
    if isinstance(value, str):
        mode = one_of(value, "tool_choice", MODES)
        conversation.tool_choice = ToolChoice(mode)
        if mode == "required" and not conversation.tools:
            raise invalid("tool_choice", "left out where there are no 'tools'")
        return
    choice = mapping(value, "tool_choice")
    kind = required(choice, "type", "tool_choice")
    if kind == "function":
        nothing_but(choice, ("type", "name"), "tool_choice")
        name = _known_name(choice, "tool_choice", conversation)
        conversation.tool_choice = ToolChoice("named", name)
    elif kind == "allowed_tools":
        _allow(choice, conversation)
    else:
        raise unsupported(
            "tool_choice", f"the provider has no tools of type '{kind[:NAME_LENGTH_MAX]}'"
        )


def _allow(choice: Object, conversation: Conversation) -> None:
    """The provider is not told of the other tools, so that it cannot call them."""
    nothing_but(choice, ("type", "mode", "tools"), "tool_choice")
    mode = one_of(choice.get("mode"), "tool_choice.mode", ("auto", "required"))
    allowed: set[str] = set()
    for index, given in enumerate(listed(choice.get("tools"), "tool_choice.tools")):
        path = f"tool_choice.tools[{index}]"
        tool = mapping(given, path)
        nothing_but(tool, ("type", "name"), path)
        one_of(tool.get("type"), f"{path}.type", ("function",))
        allowed.add(_known_name(tool, path, conversation))
    if not allowed:
        raise invalid("tool_choice.tools", "a list of at least one tool")
    conversation.tools = [tool for tool in conversation.tools if tool.name in allowed]
    conversation.tool_choice = ToolChoice(mode)


def _known_name(of: Object, path: str, conversation: Conversation) -> str:
    name = required(of, "name", path)
    if all(tool.name != name for tool in conversation.tools):
        raise invalid(f"{path}.name", "the name of one of 'tools'")
    return name
