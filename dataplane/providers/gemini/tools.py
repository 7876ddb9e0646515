"""Functions that the model may call, and whether it must.

https://ai.google.dev/gemini-api/docs/function-calling: schemas go as they are
(`parametersJsonSchema`), and arguments are held to them in the mode `VALIDATED`.
"""

from typing import Any

from dataplane.conversation.request import Conversation, Tool
from dataplane.providers.base import Untranslatable
from dataplane.providers.gemini.models import Abilities, Thinks

MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "named": "ANY"}
FORCING = ("required", "named")
STRICT = "VALIDATED"


def tool_fields(conversation: Conversation, abilities: Abilities) -> dict[str, Any]:
    """`tools` and `toolConfig`. Raises `Untranslatable`."""
    choice = conversation.tool_choice
    if not conversation.tools:
        if choice is not None and choice.mode in FORCING:
            raise Untranslatable("tool_choice", "there are no tools to choose from")
        return {}
    if conversation.parallel_tool_calls is False:
        raise Untranslatable("parallel_tool_calls", "Gemini decides how many tools it calls")
    for tool in conversation.tools:
        if tool.cache is not None:
            conversation.ignore(f"{tool.path}.cache_control")
    declarations = [_declaration(tool) for tool in conversation.tools]
    fields: dict[str, Any] = {"tools": [{"functionDeclarations": declarations}]}
    if config := _calling(conversation, abilities):
        fields["toolConfig"] = {"functionCallingConfig": config}
    return fields


def _declaration(tool: Tool) -> dict[str, Any]:
    written: dict[str, Any] = {"name": tool.name}
    if tool.description:
        written["description"] = tool.description
    if tool.parameters:
        written["parametersJsonSchema"] = tool.parameters
    return written


def _calling(conversation: Conversation, abilities: Abilities) -> dict[str, Any]:
    choice = conversation.tool_choice
    if choice is None or choice.mode == "auto":
        return {"mode": STRICT} if _holds_to_schemas(conversation, abilities) else {}
    config: dict[str, Any] = {"mode": MODES[choice.mode]}
    if choice.name is not None:
        config["allowedFunctionNames"] = [choice.name]
    return config


def _holds_to_schemas(conversation: Conversation, abilities: Abilities) -> bool:
    """Models from before the mode try as well as they can, and the client is told."""
    strict = next((tool for tool in conversation.tools if tool.strict), None)
    if strict is None:
        return False
    if abilities.thinks is Thinks.NEVER:
        conversation.ignore(f"{strict.path}.strict")
        return False
    return True
