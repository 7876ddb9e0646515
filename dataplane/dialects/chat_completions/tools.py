"""Functions that the model may call, and whether it must; in today's form and the older one."""

from dataplane.conversation.request import Conversation, Tool, ToolChoice
from dataplane.dialects.chat_completions.forms import (
    AllowedTools,
    FunctionForm,
    Named,
    RequestForm,
    ToolChoiceForm,
    ToolForm,
)
from dataplane.dialects.chat_completions.parts import cache_mark
from dataplane.dialects.faults import invalid, missing, unsupported

MODES = ("auto", "none", "required")
LEGACY_MODES = ("auto", "none")
FUNCTIONS_ALONE = "only functions can be passed on"


def read_tools(form: RequestForm, asked: Conversation) -> None:
    """Raises `InvalidRequest`."""
    if form.tools and form.functions:
        raise invalid("functions", "left out where 'tools' is given")
    asked.tools = [_tool(tool, f"tools[{place}]") for place, tool in enumerate(form.tools or ())]
    for place, function in enumerate(form.functions or ()):
        asked.tools.append(_function(function, f"functions[{place}]"))
    if form.tool_choice is not None:
        asked.tool_choice = _choice(form.tool_choice, asked)
    elif form.function_call is not None:
        asked.tool_choice = _legacy_choice(form.function_call, asked)
    if form.parallel_tool_calls is False and asked.tools:
        asked.parallel_tool_calls = False


def _tool(form: ToolForm, path: str) -> Tool:
    if form.type != "function":
        raise unsupported(path, FUNCTIONS_ALONE)
    if form.function is None:
        raise missing(f"{path}.function")
    tool = _function(form.function, path)
    if form.cache_control is not None:
        tool.cache = cache_mark(form.cache_control)
    return tool


def _function(form: FunctionForm, path: str) -> Tool:
    cache = cache_mark(form.cache_control)
    return Tool(form.name, form.description, form.parameters, form.strict, path, cache)


def _choice(form: str | ToolChoiceForm, asked: Conversation) -> ToolChoice | None:
    if isinstance(form, str):
        return _mode(form, "tool_choice", MODES, asked)
    if form.type == "function" and form.function is not None:
        return _named(form.function, "tool_choice.function.name", asked)
    if form.type == "allowed_tools" and form.allowed_tools is not None:
        return _allowed(form.allowed_tools, asked)
    if form.type == "custom":
        raise unsupported("tool_choice", FUNCTIONS_ALONE)
    raise invalid("tool_choice", f"one of {', '.join(MODES)}, or name a function")


def _legacy_choice(form: str | Named, asked: Conversation) -> ToolChoice | None:
    if isinstance(form, str):
        return _mode(form, "function_call", LEGACY_MODES, asked)
    return _named(form, "function_call.name", asked)


def _mode(mode: str, path: str, modes: tuple[str, ...], asked: Conversation) -> ToolChoice | None:
    if mode not in modes:
        raise invalid(path, f"one of {', '.join(modes)}, or name a function")
    if asked.tools:
        return ToolChoice(mode)
    if mode == "required":
        raise invalid(path, "left out where there are no tools")
    return None


def _named(form: Named, path: str, asked: Conversation) -> ToolChoice:
    if form.name not in {tool.name for tool in asked.tools}:
        raise invalid(path, "the name of one of the functions")
    return ToolChoice("named", form.name)


def _allowed(form: AllowedTools, asked: Conversation) -> ToolChoice:
    """Tools that are not allowed are not told of: no other dialect can list them and bar them."""
    path = "tool_choice.allowed_tools.tools"
    names = {tool.function.name for tool in form.tools if tool.function is not None}
    if not names or not names <= {tool.name for tool in asked.tools}:
        raise invalid(path, "names of the functions")
    asked.tools = [tool for tool in asked.tools if tool.name in names]
    return ToolChoice(form.mode)
