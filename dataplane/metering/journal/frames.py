"""The form of a journal segment: a mark, then frames of length, checksum and content.

    PURSER1\\n | length (4 bytes) crc32 (4 bytes) content | length crc32 content | …

The first byte of a content is its kind: an intent, before a call is made upstream, or a usage
record, before the last byte of its answer leaves. Numbers are little-endian.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

MARK: Final = b"PURSER1\n"
INTENT: Final = b"I"
RECORD: Final = b"R"
CONTENT_BYTES_MAX: Final = 16 * 1024 * 1024

_HEAD = struct.Struct("<II")


class Damaged(Exception):
    """Not a frame, from `offset` on."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"damaged at byte {offset}")
        self.offset = offset


def frame(kind: bytes, text: bytes) -> bytes:
    content = kind + text
    return _HEAD.pack(len(content), zlib.crc32(content)) + content


def contents(segment: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and text of each frame. Raises `Damaged` at the first that is not whole."""
    if not segment.startswith(MARK):
        raise Damaged(0)
    offset = len(MARK)
    while offset < len(segment):
        if offset + _HEAD.size > len(segment):
            raise Damaged(offset)
        length, checksum = _HEAD.unpack_from(segment, offset)
        start, end = offset + _HEAD.size, offset + _HEAD.size + length
        if not 0 < length <= CONTENT_BYTES_MAX or end > len(segment):
            raise Damaged(offset)
        content = segment[start:end]
        if zlib.crc32(content) != checksum or content[:1] not in (INTENT, RECORD):
            raise Damaged(offset)
        yield content[:1], content[1:]
        offset = end
