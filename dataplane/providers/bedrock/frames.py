"""AWS event streams: binary frames, each with a head, its headers, a payload and two checksums.

https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html has the encoding:
`total length · headers length · CRC of both · headers · payload · CRC of all before it`, in big
endian. The first checksum is looked at before a length is believed.
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

from dataplane.providers.base import StreamDamaged

PRELUDE = struct.Struct(">III")
CRC = struct.Struct(">I")
FRAME_BYTES_MIN = PRELUDE.size + CRC.size
HEADERS_BYTES_MAX = 128 * 1024
HEADERS_KEPT_BYTES_MAX = 256

TEXT = 7
# How long values of the other types are; bytes and text say so themselves.
FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
MEASURED = (6, TEXT)


class FrameSplitter:
    """Collects bytes and hands out whole frames whose checksums are right."""

    def __init__(self, event_bytes_max: int) -> None:
        self._buffer = bytearray()
        self._wanted = PRELUDE.size
        """Bytes in the buffer before there is anything to do."""
        self._event_bytes_max = event_bytes_max

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Raises `StreamDamaged`."""
        self._buffer += chunk
        while len(self._buffer) >= self._wanted:
            size = self._size()
            if len(self._buffer) < size:
                self._wanted = size
                return
            frame = bytes(memoryview(self._buffer)[:size])
            del self._buffer[:size]
            self._wanted = PRELUDE.size
            if crc32(memoryview(frame)[: -CRC.size]) != CRC.unpack_from(frame, size - CRC.size)[0]:
                raise StreamDamaged("a frame's checksum is wrong")
            yield frame

    def rest(self) -> bytes:
        """Nothing: half a frame says nothing that could be believed."""
        self._buffer.clear()
        self._wanted = PRELUDE.size
        return b""

    def _size(self) -> int:
        """Of the frame at the start of the buffer."""
        size, headers_size, checksum = PRELUDE.unpack_from(self._buffer)
        if crc32(memoryview(self._buffer)[: PRELUDE.size - CRC.size]) != checksum:
            raise StreamDamaged("the checksum of a frame's lengths is wrong")
        if not FRAME_BYTES_MIN <= size <= self._event_bytes_max:
            raise StreamDamaged("a frame's length is out of bounds")
        if headers_size > min(size - FRAME_BYTES_MIN, HEADERS_BYTES_MAX):
            raise StreamDamaged("a frame's headers are longer than it")
        return int(size)


class FrameUnreadable(Exception):
    """A frame whose headers are none, though its checksums are right."""


def opened(frame: bytes) -> tuple[dict[str, str], bytes]:
    """The headers that are text, and the payload. Raises `FrameUnreadable`."""
    end = PRELUDE.size + PRELUDE.unpack_from(frame)[1]
    raw = frame[PRELUDE.size : end]
    headers = _kept(raw) if len(raw) <= HEADERS_KEPT_BYTES_MAX else _headers(raw)
    return headers, frame[end : -CRC.size]


def _headers(raw: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    place = 0
    try:
        while place < len(raw):
            name_end = place + 1 + raw[place]
            name = raw[place + 1 : name_end].decode()
            start, end = _value(raw, name_end)
            if raw[name_end] == TEXT:
                headers[name] = raw[start:end].decode()
            place = end
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise FrameUnreadable from error
    if place != len(raw):
        raise FrameUnreadable
    return headers


def _value(raw: bytes, place: int) -> tuple[int, int]:
    """Where the value begins and ends whose type is at `place`."""
    kind = raw[place]
    if kind not in MEASURED:
        return place + 1, place + 1 + FIXED[kind]
    start = place + 3
    return start, start + (raw[place + 1] << 8 | raw[place + 2])


_kept = lru_cache(maxsize=256)(_headers)
"""A stream's frames have a handful of different headers. Callers do not change what they get."""
