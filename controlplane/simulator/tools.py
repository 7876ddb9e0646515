"""Calling tools: which ones a request asks for, and arguments that fit their schemas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from controlplane.simulator import fields
from controlplane.simulator.replies import Json, Refused
from controlplane.simulator.wording import count, tokenize

DEPTH_MAX = 8
NAMED = "named:"
EXAMPLES: dict[str, Any] = {
    "string": "example",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "null": None,
}


@dataclass(frozen=True)
class Tool:
    """A function that was offered."""

    name: str
    schema: Any


@dataclass(frozen=True)
class ToolCall:
    """A call of one of them."""

    id: str
    name: str
    arguments: Json

    @property
    def text(self) -> str:
        """The arguments as JSON."""
        return msgspec.json.encode(self.arguments).decode()

    @property
    def pieces(self) -> list[str]:
        return tokenize(self.text)

    @property
    def tokens(self) -> int:
        return count(self.name) + count(self.text)


def offered(name: Any, schema: Any) -> Tool:
    """Raises `Refused` for a tool that nobody could call."""
    if not isinstance(name, str) or not name:
        raise Refused("every tool needs a function with a name.", param="tools")
    return Tool(name, schema)


def choose(
    tools: Sequence[Tool], choice: str, prompt: str, *, parallel: bool = True
) -> list[ToolCall]:
    """The tool that is forced, or else those that the prompt mentions."""
    if choice.startswith(NAMED):
        return [_call(_named(tools, choice.removeprefix(NAMED)))]
    if choice == "none":
        return []
    mentioned = [tool for tool in tools if tool.name in prompt]
    if choice == "required" and tools and not mentioned:
        mentioned = [tools[0]]
    return [_call(tool) for tool in mentioned[: None if parallel else 1]]


def example(schema: Any, depth: int = 0) -> Any:
    """A value that a simple JSON schema allows: required properties only, first of an enum."""
    if not isinstance(schema, dict) or depth > DEPTH_MAX:
        return EXAMPLES["string"]
    if isinstance(choices := schema.get("enum"), list) and choices:
        return choices[0]
    kind = schema.get("type", "string")
    kind = kind.lower() if isinstance(kind, str) else "string"  # Gemini writes OBJECT
    if kind != "object":
        return EXAMPLES.get(kind, "example")
    properties = fields.inner(schema, "properties")
    names = fields.words(schema.get("required") or [])
    return {name: example(properties.get(name), depth + 1) for name in names}


def _named(tools: Sequence[Tool], name: str) -> Tool:
    for tool in tools:
        if tool.name == name:
            return tool
    raise Refused(f"there is no tool '{name}'.", param="tool_choice")


def _call(tool: Tool) -> ToolCall:
    arguments = example(tool.schema or {"type": "object"})
    return ToolCall(
        f"call_{uuid4().hex[:24]}", tool.name, arguments if isinstance(arguments, dict) else {}
    )
