"""The `input` of a request: a text, or items that make up turns.

Thoughts, words and calls of the assistant that follow each other are one turn, as other providers
have it, and so are the results of calls that were made at once.
"""

from collections.abc import Callable
from typing import Any

from dataplane.conversation.parts import Media, Part, Reasoning, Text, ToolCall, ToolResult
from dataplane.conversation.request import Conversation, Message
from dataplane.dialects.faults import NAME_LENGTH_MAX, invalid, missing, unsupported
from dataplane.dialects.responses import contents, proofs
from dataplane.dialects.responses.reading import (
    NO_STATE,
    Object,
    listed,
    mapping,
    nothing_but,
    one_of,
    optional,
    required,
)

ROLES = ("user", "assistant", "system", "developer")
SPOKEN, RESULTS, ASKED, INSTRUCTED = "spoken", "results", "asked", "instructed"
"""Kinds of turns: of the assistant; of tools; of the user; instructions after the first of them."""
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
        self._last = ""
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
            raise unsupported(
                path, f"the provider knows no items of type '{kind[:NAME_LENGTH_MAX]}'"
            )
        reader(item, path)

    def end(self) -> None:
        for path in self._open.values():
            raise invalid(path, "followed by its output")

    def _add(self, turn: str, role: str, parts: list[Part]) -> None:
        """To the turn before, if it is one of the same kind."""
        if not parts:
            return
        if turn == self._last and turn in (SPOKEN, RESULTS):
            self._conversation.messages[-1].parts += parts
        else:
            self._conversation.messages.append(Message(role, parts))
        self._last = turn

    def _message(self, item: Object, path: str) -> None:
        nothing_but(item, ("role", "content", *ABOUT_ITSELF), path)
        role = one_of(item.get("role"), f"{path}.role", ROLES)
        if (content := item.get("content")) is None:
            raise missing(f"{path}.content")
        if role == "assistant":
            parts = contents.contents(content, f"{path}.content", contents.ASSISTANT)
            self._add(SPOKEN, "assistant", parts)
            return
        readers = contents.USER if role == "user" else contents.INSTRUCTION
        parts = contents.contents(content, f"{path}.content", readers)
        if not parts:
            raise invalid(f"{path}.content", "given, and not empty")
        if role == "user":
            self._add(ASKED, "user", parts)
        elif self._conversation.messages:
            self._add(INSTRUCTED, "system", parts)
        else:
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
        self._add(SPOKEN, "assistant", [ToolCall(call_id, name, arguments, signature, path)])

    def _output(self, item: Object, path: str) -> None:
        nothing_but(item, ("call_id", "output", "name", *ABOUT_ITSELF), path)
        call_id = required(item, "call_id", path)
        if self._open.pop(call_id, None) is None:
            raise invalid(f"{path}.call_id", "the id of a call that stands before it")
        if (output := item.get("output")) is None:
            raise missing(f"{path}.output")
        parts = contents.contents(output, f"{path}.output", contents.RESULT)
        given = [part for part in parts if isinstance(part, Text | Media)]
        result = ToolResult(call_id, given, self._names[call_id], path=path)
        self._add(RESULTS, "user", [result])

    def _reasoning(self, item: Object, path: str) -> None:
        nothing_but(item, ("summary", "content", "encrypted_content", *ABOUT_ITSELF), path)
        sealed = optional(item, "encrypted_content", path) or ""
        thought = contents.summaries(item.get("content"), f"{path}.content", "reasoning_text")
        summary = contents.summaries(item.get("summary"), f"{path}.summary", "summary_text")
        if proofs.is_openais(sealed):
            self._conversation.ignore(path)
            return
        proof = proofs.opened(sealed, f"{path}.encrypted_content") if sealed else proofs.NOTHING
        self._signatures.update(proof.calls)
        reasoning = Reasoning(thought or summary, proof.signature, proof.redacted, path)
        if reasoning.text or reasoning.signature or reasoning.redacted:
            self._add(SPOKEN, "assistant", [reasoning])

    def _reference(self, item: Object, path: str) -> None:
        raise unsupported(path, NO_STATE)


def _untyped(item: Object, path: str) -> str:
    """Messages may leave out their type, and references, too."""
    if "role" in item:
        return "message"
    if "id" in item:
        return "item_reference"
    raise missing(f"{path}.type")
