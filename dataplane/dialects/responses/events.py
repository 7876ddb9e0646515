"""Events of a stream, each with its number."""

from typing import Any

from dataplane.dialects.responses.encoding import encode

Head = bytes
"""All of an event but its text and its number, for events that differ in nothing else."""


class Events:
    """Writes events in their order."""

    def __init__(self) -> None:
        self._number = 0

    def event(self, kind: str, **fields: Any) -> bytes:
        fields["sequence_number"] = self._number
        self._number += 1
        data = encode({"type": kind, **fields})
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)

    def delta(self, head: Head, text: str) -> bytes:
        number = self._number
        self._number += 1
        return b'%b,"delta":%b,"sequence_number":%d}\n\n' % (head, encode(text), number)


def delta_head(kind: str, **fields: Any) -> Head:
    """Made once for a run of deltas."""
    data = encode({"type": kind, **fields}).removesuffix(b"}")
    return b"event: %b\ndata: %b" % (kind.encode(), data)
