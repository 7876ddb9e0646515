"""Calls of tools in a stream, each in a block of its own, one after the other.

OpenAI's servers may tell several calls at once. A call that begins before the one in front of it
is whole waits, and what is said of it is kept.
"""

from dataclasses import dataclass, field

import msgspec

from dataplane.dialects.messages.blocks import Blocks
from dataplane.dialects.messages.signed_calls import sealed

KIND = "tool_use"

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(slots=True)
class _Call:
    id: str
    name: str
    signature: str | None
    arguments: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Nothing can follow an object."""
        try:
            _decode_object("".join(self.arguments))
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return False
        return True


class Calls:
    """Writes them into the blocks of one stream."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._known: dict[int, _Call] = {}
        self._waiting: list[_Call] = []
        """In their order; the first is the one whose block is open."""

    def start(self, number: int, call_id: str, name: str, signature: str | None) -> bytes:
        call = self._known[number] = _Call(call_id, name, signature)
        self._waiting.append(call)
        if len(self._waiting) == 1:
            return self._begin(call)
        return self._move_on()

    def go_on(self, number: int, arguments: str) -> bytes:
        call = self._known.get(number)
        if call is None or not arguments or call not in self._waiting:
            return b""
        call.arguments.append(arguments)
        if call is not self._waiting[0]:
            return b""
        return self._said(arguments) + self._move_on()

    def end(self) -> bytes:
        """All that waits, and the end of each."""
        pieces: list[bytes] = []
        while self._waiting:
            pieces.append(self._next())
        return b"".join(pieces)

    def _move_on(self) -> bytes:
        """As long as others wait for a call that is whole."""
        pieces: list[bytes] = []
        while len(self._waiting) > 1 and self._waiting[0].is_whole:
            pieces.append(self._next())
        return b"".join(pieces)

    def _next(self) -> bytes:
        """Ends the first and begins the one behind it."""
        self._waiting.pop(0)
        closed = self._blocks.close()
        return closed + (self._begin(self._waiting[0]) if self._waiting else b"")

    def _begin(self, call: _Call) -> bytes:
        pieces = [self._blocks.close()]
        if call.signature is not None:
            data = sealed(call.id, call.signature)
            pieces += [self._blocks.begin("redacted_thinking", data=data), self._blocks.close()]
        pieces.append(self._blocks.begin(KIND, id=call.id, name=call.name, input={}))
        if said := "".join(call.arguments):
            pieces.append(self._said(said))
        return b"".join(pieces)

    def _said(self, arguments: str) -> bytes:
        return self._blocks.delta(b"input_json_delta", b"partial_json", arguments)
