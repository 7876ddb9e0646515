"""The `input` of a request: a text, or items that make up turns.

Items that belong to one side and follow each other are one turn, since that is what other
providers take: thoughts, words and calls of the assistant; results and words of the user.
"""

from collections.abc import Callable
from typing import Any

from dataplane.conversation.parts import Media, Part, Reasoning, Text, ToolCall, ToolResult
from dataplane.conversation.request import Conversation, Message
from dataplane.dialects.responses import contents, proofs
from dataplane.dialects.responses.reading import (
    NO_STATE,
    Object,
    invalid,
    listed,
    mapping,
    missing,
    nothing_but,
    one_of,
    optional,
    required,
    unsupported,
)

ROLES = ("user", "assistant", "system", "developer")
ABOUT_ITSELF = ("type", "id", "status", "phase")
"""What an item of an answer says of itself, and means nothing when it is given back."""


def read_input(value: Any, conversation: Conversation) -> None:
    """Adds the turns. Raises `InvalidRequest`, `Unsupported`."""
    if value in ("", []):
        raise invalid("input", "a text or items, and not empty")
    if isinstance(value, str):
        conversation.messages.append(Message("user", [Text(value, "input")]))
        return
    turns = _Turns(conversation)
    for index, item in enumerate(listed(value, "input")):
        turns.take(mapping(item, f"input[{index}]"), f"input[{index}]")
    turns.end()


class _Turns:
    """Takes item by item."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._open: dict[str, str] = {}  # calls that wait for their output: id, path
        self._names: dict[str, str] = {}
        self._signatures: dict[str, str] = {}
        self._readers: dict[str, Callable[[Object, str], None]] = {
            "message": self._message,
            "function_call": self._call,
            "function_call_output": self._output,
            "reasoning": self._reasoning,
            "item_reference": self._reference,
        }

    def take(self, item: Object, path: str) -> None:
        kind = optional(item, "type", path) or _untyped(item, path)
        if (reader := self._readers.get(kind)) is None:
            raise unsupported(path, f"the provider knows no items of type '{kind}'")
        reader(item, path)

    def end(self) -> None:
        for call_id, path in self._open.items():
            raise invalid(path, f"followed by the output of call '{call_id}'")
        if not self._conversation.messages:
            raise unsupported("input", "there is no turn in it, only instructions")

    def _add(self, role: str, parts: list[Part]) -> None:
        messages = self._conversation.messages
        if messages and messages[-1].role == role:
            messages[-1].parts += parts
        elif parts:
            messages.append(Message(role, parts))

    def _message(self, item: Object, path: str) -> None:
        nothing_but(item, ("role", "content", *ABOUT_ITSELF), path)
        role = one_of(item.get("role"), f"{path}.role", ROLES)
        if (content := item.get("content")) is None:
            raise missing(f"{path}.content")
        if role == "assistant":
            parts = contents.contents(content, f"{path}.content", contents.ASSISTANT)
            self._add("assistant", parts)
            return
        readers = contents.USER if role == "user" else contents.INSTRUCTION
        parts = contents.contents(content, f"{path}.content", readers)
        if not parts:
            raise invalid(f"{path}.content", "given, and not empty")
        if role == "user":
            self._add("user", parts)
        else:
            self._instruct(parts, path)

    def _instruct(self, parts: list[Part], path: str) -> None:
        if self._conversation.messages:
            raise unsupported(path, "the provider takes instructions before the first turn only")
        self._conversation.instructions += [part for part in parts if isinstance(part, Text)]

    def _call(self, item: Object, path: str) -> None:
        nothing_but(item, ("call_id", "name", "arguments", *ABOUT_ITSELF), path)
        call_id = required(item, "call_id", path)
        name = required(item, "name", path)
        arguments = optional(item, "arguments", path)
        if arguments is None:
            raise missing(f"{path}.arguments")
        if call_id in self._open:
            raise invalid(f"{path}.call_id", "the id of no other call")
        self._open[call_id] = path
        self._names[call_id] = name
        signature = self._signatures.pop(call_id, None)
        self._add("assistant", [ToolCall(call_id, name, arguments, signature, path)])

    def _output(self, item: Object, path: str) -> None:
        nothing_but(item, ("call_id", "output", "name", *ABOUT_ITSELF), path)
        call_id = required(item, "call_id", path)
        if self._open.pop(call_id, None) is None:
            raise invalid(f"{path}.call_id", "the id of a call that stands before it")
        if (output := item.get("output")) is None:
            raise missing(f"{path}.output")
        parts = contents.contents(output, f"{path}.output", contents.RESULT)
        given = [part for part in parts if isinstance(part, Text | Media)]
        self._add("user", [ToolResult(call_id, given, self._names[call_id], path=path)])

    def _reasoning(self, item: Object, path: str) -> None:
        nothing_but(item, ("summary", "content", "encrypted_content", *ABOUT_ITSELF), path)
        sealed = optional(item, "encrypted_content", path) or ""
        thought = contents.summaries(item.get("content"), f"{path}.content", "reasoning_text")
        summary = contents.summaries(item.get("summary"), f"{path}.summary", "summary_text")
        if proofs.is_openais(sealed):
            self._conversation.ignored.append(path)
            return
        proof = proofs.opened(sealed, f"{path}.encrypted_content") if sealed else proofs.NOTHING
        self._signatures.update(proof.calls)
        reasoning = Reasoning(thought or summary, proof.signature, proof.redacted, path)
        if reasoning.text or reasoning.signature or reasoning.redacted:
            self._add("assistant", [reasoning])

    def _reference(self, item: Object, path: str) -> None:
        raise unsupported(path, NO_STATE)


def _untyped(item: Object, path: str) -> str:
    """Messages may leave out their type, and references, too."""
    if "role" in item:
        return "message"
    if "id" in item:
        return "item_reference"
    raise missing(f"{path}.type")
