"""Tools and the choice among them, as clients of Messages declare them."""

from dataplane.conversation.request import Conversation, Tool, ToolChoice
from dataplane.dialects.faults import invalid, unsupported
from dataplane.dialects.messages.decoding import decoded_tool
from dataplane.dialects.messages.forms import (
    AnyChoice,
    AutoChoice,
    NoChoice,
    RequestForm,
    ToolChoiceForm,
    ToolForm,
)
from dataplane.dialects.messages.turns import cache_mark

DIRECT = "direct"
MODES = {AutoChoice: "auto", AnyChoice: "required", ToolChoiceForm: "named", NoChoice: "none"}


def read_tools(form: RequestForm, asked: Conversation) -> None:
    """Raises `InvalidRequest`."""
    for place, raw in enumerate(form.tools or ()):
        path = f"tools[{place}]"
        tool = decoded_tool(raw, path)
        _refuse_what_is_claudes_alone(tool, path)
        if tool.eager_input_streaming is not None:
            asked.ignored.append("tools[].eager_input_streaming")
        asked.tools.append(_tool(tool, path))
    _read_choice(form, asked)


def _refuse_what_is_claudes_alone(tool: ToolForm, path: str) -> None:
    if tool.defer_loading:
        raise unsupported(f"{path}.defer_loading", "the provider has no search for tools")
    if tool.input_examples:
        raise unsupported(f"{path}.input_examples")
    if tool.allowed_callers and tool.allowed_callers != [DIRECT]:
        raise unsupported(f"{path}.allowed_callers", "tools are called directly there")


def _tool(form: ToolForm, path: str) -> Tool:
    tool = Tool(form.name, form.description, form.input_schema, form.strict, path)
    tool.cache = cache_mark(form.cache_control)
    return tool


def _read_choice(form: RequestForm, asked: Conversation) -> None:
    choice = form.tool_choice
    if choice is None:
        return
    name = choice.name if isinstance(choice, ToolChoiceForm) else None
    if name is not None and name not in [tool.name for tool in asked.tools]:
        raise invalid("tool_choice.name", "the name of one of the tools")
    asked.tool_choice = ToolChoice(MODES[type(choice)], name)
    if not isinstance(choice, NoChoice) and choice.disable_parallel_tool_use:
        asked.parallel_tool_calls = False
