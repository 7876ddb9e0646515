"""The blocks of a stream: one is open at a time, and each has a number."""

from typing import Any

from dataplane.dialects.encoding import encoded

NONE_OPEN = ""


class Blocks:
    """Begins, continues and ends them, as bytes."""

    def __init__(self) -> None:
        self.open = NONE_OPEN
        """The type of the block that is open."""
        self._index = -1

    def switch(self, kind: str, **empty: Any) -> bytes:
        """Goes on with a block of the type, or with a new one."""
        return b"" if self.open == kind else self.close() + self.begin(kind, **empty)

    def begin(self, kind: str, **fields: Any) -> bytes:
        self.open = kind
        self._index += 1
        block = encoded({"type": kind, **fields})
        return (
            b'event: content_block_start\ndata: {"type":"content_block_start","index":%d,'
            b'"content_block":%b}\n\n' % (self._index, block)
        )

    def delta(self, kind: bytes, name: bytes, value: Any) -> bytes:
        return (
            b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,'
            b'"delta":{"type":"%b","%b":%b}}\n\n' % (self._index, kind, name, encoded(value))
        )

    def close(self) -> bytes:
        if self.open == NONE_OPEN:
            return b""
        self.open = NONE_OPEN
        return (
            b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
            % self._index
        )
