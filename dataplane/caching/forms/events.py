"""Server-sent events: read from what a client was sent, and written for one."""

from collections.abc import Iterator
from typing import Any

import msgspec

PIECE_CHARACTERS = 48

_decode = msgspec.json.decode
_encode = msgspec.json.encode
DONE = b"data: [DONE]\n\n"


class Undone(Exception):
    """A stream that did not come to its end, or that nobody can put together."""


def events(stream: bytes) -> Iterator[dict[str, Any]]:
    """The data of each event that is a JSON object."""
    for line in stream.splitlines():
        data = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
        if data.startswith(b"{"):
            yield _decode(data)


def has_done(stream: bytes) -> bool:
    return stream.rstrip().endswith(b"[DONE]")


def unnamed(data: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % _encode(data)


def named(data: dict[str, Any]) -> bytes:
    """Of dialects that name each event by its type."""
    return b"event: %b\ndata: %b\n\n" % (data["type"].encode(), _encode(data))


def texts(text: str) -> Iterator[str]:
    """A text in pieces, as models give it. Empty for none."""
    for start in range(0, len(text), PIECE_CHARACTERS):
        yield text[start : start + PIECE_CHARACTERS]
