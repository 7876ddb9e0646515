"""Server-sent events as bytes: split where the standard says, whatever way the bytes arrive."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dataplane.providers.base import StreamDamaged

# Two line ends in a row close an event. The atomic group keeps "\r\n" from counting as two.
_EVENT_END = re.compile(rb"(?>\r\n|\n|\r){2}")
_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventTooLarge(StreamDamaged):
    """One event is over the limit, so the stream is not to be trusted."""


class EventSplitter:
    """Collects bytes and hands out whole raw events, separators included."""

    def __init__(self, event_bytes_max: int) -> None:
        self._buffer = b""
        self._searched = 0
        self._event_bytes_max = event_bytes_max

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        self._buffer += chunk
        start = 0
        while match := _EVENT_END.search(self._buffer, max(start, self._searched)):
            yield self._buffer[start : match.end()]
            start = match.end()
            self._searched = start
        self._buffer = self._buffer[start:]
        # A separator may lie across two chunks, so the last three bytes are looked at again.
        self._searched = max(0, len(self._buffer) - 3)
        if len(self._buffer) > self._event_bytes_max:
            raise EventTooLarge

    def rest(self) -> bytes:
        """What remains at the end of the stream: an event whose blank line never came."""
        rest, self._buffer, self._searched = self._buffer, b"", 0
        return rest


@dataclass(slots=True)
class Event:
    """A parsed event: its name, its data, and an `error` field that some servers make up."""

    name: bytes = b""
    data: bytes = b""
    error: bytes = b""


def parse(raw: bytes) -> Event:
    """Comments and unknown fields are left out; several data lines are joined by a newline."""
    if raw.startswith(b"data: {") and raw.count(b"\n") == 2:
        if b"\r" not in raw:
            return Event(data=raw[6:-2])
        if raw.endswith(b"\r\n\r\n") and raw.count(b"\r") == 2:
            return Event(data=raw[6:-4])
    if raw.startswith(b"event: ") and raw.count(b"\n") == 3 and b"\r" not in raw:
        name, named, rest = raw[7:].partition(b"\ndata: ")
        if named and rest.endswith(b"\n\n"):
            return Event(name, rest[:-2])
    event = Event()
    data: list[bytes] = []
    for line in _LINE_END.split(raw):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event.name = value
        elif name == b"error":
            event.error = value
    event.data = b"\n".join(data)
    return event
