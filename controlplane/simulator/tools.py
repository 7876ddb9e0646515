"""Calling a tool: which one a request asks for, and arguments that fit its schema."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from controlplane.simulator import fields
from controlplane.simulator.replies import Json, Refused
from controlplane.simulator.wording import count, tokenize

DEPTH_MAX = 8
EXAMPLES: dict[str, Any] = {
    "string": "example",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "null": None,
}


@dataclass(frozen=True)
class ToolCall:
    """One function call, as OpenAI writes it."""

    id: str
    name: str
    arguments: str

    @property
    def tokens(self) -> int:
        return count(self.name) + count(self.arguments)

    def body(self) -> Json:
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}

    def deltas(self) -> Iterator[Json]:
        function = {"name": self.name, "arguments": ""}
        yield {"index": 0, "id": self.id, "type": "function", "function": function}
        for piece in tokenize(self.arguments):
            yield {"index": 0, "function": {"arguments": piece}}


def choose(request: Json, prompt: str) -> ToolCall | None:
    """The tool that `tool_choice` forces, or else the first one that the prompt mentions."""
    offered = _functions(request)
    choice = request.get("tool_choice") or "auto"
    if isinstance(choice, dict):
        return _call(_named(offered, choice))
    if choice == "required" and offered:
        return _call(offered[0])
    mentioned = [function for function in offered if function["name"] in prompt]
    return _call(mentioned[0]) if choice == "auto" and mentioned else None


def _functions(request: Json) -> list[Json]:
    functions: list[Json] = []
    for tool in fields.optional(request, "tools", list) or []:
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise Refused("every tool needs a function with a name.", param="tools")
        functions.append(function)
    return functions


def _named(offered: list[Json], choice: Json) -> Json:
    name = (choice.get("function") or {}).get("name")
    for function in offered:
        if function["name"] == name:
            return function
    raise Refused(f"there is no tool '{name}'.", param="tool_choice")


def _call(function: Json) -> ToolCall:
    arguments = _example(function.get("parameters") or {"type": "object"})
    return ToolCall(
        f"call_{uuid4().hex[:24]}", function["name"], msgspec.json.encode(arguments).decode()
    )


def _example(schema: Any, depth: int = 0) -> Any:
    """A value that a simple JSON schema allows: required properties only, first of an enum."""
    if not isinstance(schema, dict) or depth > DEPTH_MAX:
        return EXAMPLES["string"]
    if choices := schema.get("enum"):
        return choices[0]
    kind = schema.get("type", "string")
    if kind != "object":
        return EXAMPLES.get(kind if isinstance(kind, str) else "string", "example")
    properties = schema.get("properties") or {}
    return {
        name: _example(properties.get(name), depth + 1) for name in schema.get("required") or []
    }
