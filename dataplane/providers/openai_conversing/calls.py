"""Calls of functions: whole, or in pieces that an index, an id or their order holds together."""

import random
from dataclasses import dataclass
from typing import Any

import msgspec

from dataplane.conversation.answer import ToolCallDelta, ToolCallStarted
from dataplane.conversation.parts import ToolCall
from dataplane.providers.openai_conversing.forms import Said

NO_ARGUMENTS = "{}"
LEGACY_INDEX = -1

_encode = msgspec.json.encode


@dataclass(slots=True)
class Piece:
    """A call, or more of one. What the server left out is empty."""

    index: int | None
    id: str
    name: str
    arguments: str
    signature: str | None


def read_pieces(said: Said) -> list[Piece]:
    given = said.tool_calls if isinstance(said.tool_calls, list) else ()
    pieces = [_piece(each) for each in given if isinstance(each, dict)]
    if isinstance(said.function_call, dict):  # OpenAI's older form, which Snowflake leaves empty
        pieces.append(_piece({"index": LEGACY_INDEX, "function": said.function_call}))
    return pieces


def read_calls(said: Said) -> list[ToolCall]:
    """Whole calls; one without a name is none."""
    return [
        ToolCall(
            piece.id or new_call_id(),
            piece.name,
            piece.arguments or NO_ARGUMENTS,
            piece.signature,
        )
        for piece in read_pieces(said)
        if piece.name
    ]


def new_call_id() -> str:
    """For servers that give none (Gemini's endpoint for OpenAI's dialect)."""
    return f"call_{random.getrandbits(96):024x}"


def _piece(call: dict[str, Any]) -> Piece:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    index = call.get("index")
    return Piece(
        index if isinstance(index, int) else None,
        _text(call.get("id")),
        _text(function.get("name")),
        _arguments(function.get("arguments")),
        _signature(call.get("extra_content")),
    )


def _arguments(arguments: Any) -> str:
    """Some servers send the object itself."""
    if isinstance(arguments, dict):
        return _encode(arguments).decode()
    return _text(arguments)


def _signature(extra: Any) -> str | None:
    google = extra.get("google") if isinstance(extra, dict) else None
    signature = google.get("thought_signature") if isinstance(google, dict) else None
    return signature if isinstance(signature, str) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


@dataclass(slots=True)
class _Call:
    """One call as far as it has come. It starts when its name is known."""

    id: str
    number: int = 0
    is_started: bool = False
    arguments: str = ""
    """What came before the name."""
    has_arguments: bool = False


class CallsInPieces:
    """The calls of one choice of a stream."""

    def __init__(self, choice: int) -> None:
        self._choice = choice
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    @property
    def any_started(self) -> bool:
        return any(call.is_started for call in self._calls)

    def read(self, piece: Piece) -> list[ToolCallStarted | ToolCallDelta]:
        call = self._call_of(piece)
        if call is None:
            return []
        call.id = call.id or piece.id
        if call.is_started:
            return self._more(call, piece.arguments)
        call.arguments += piece.arguments
        if not piece.name:
            return []
        call.number = sum(each.is_started for each in self._calls)
        call.is_started = True
        call_id = call.id or new_call_id()
        started = ToolCallStarted(call.number, call_id, piece.name, piece.signature, self._choice)
        return [started, *self._more(call, call.arguments)]

    def end(self) -> list[ToolCallStarted | ToolCallDelta]:
        """A call without arguments has an empty object of them."""
        return [
            ToolCallDelta(call.number, NO_ARGUMENTS, self._choice)
            for call in self._calls
            if call.is_started and not call.has_arguments
        ]

    def _more(self, call: _Call, arguments: str) -> list[ToolCallStarted | ToolCallDelta]:
        if not arguments:
            return []
        call.has_arguments = True
        return [ToolCallDelta(call.number, arguments, self._choice)]

    def _call_of(self, piece: Piece) -> _Call | None:
        """Servers number pieces, or send calls whole without a number, or all under number 0."""
        known = self._last() if piece.index is None else self._by_index.get(piece.index)
        if known is not None and not _begins_another(known, piece):
            return known
        if known is None and piece.index is None and not piece.name:
            return None
        call = _Call(piece.id)
        self._calls.append(call)
        if piece.index is not None:
            self._by_index[piece.index] = call
        return call

    def _last(self) -> _Call | None:
        return self._calls[-1] if self._calls else None


def _begins_another(call: _Call, piece: Piece) -> bool:
    if not piece.name or not call.is_started:
        return False
    return piece.id != call.id if piece.id else call.has_arguments
