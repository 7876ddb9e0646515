"""AWS event streams made by hand, and the recorded ones cut into pieces."""

import json
import struct
from collections.abc import Mapping
from typing import Any
from zlib import crc32


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One frame with right lengths and checksums."""
    return raw_frame(b"".join([header(name, text) for name, text in headers.items()]), payload)


def raw_frame(headers: bytes, payload: bytes) -> bytes:
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    start = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return start + struct.pack(">I", crc32(start))


def header(name: str, text: str) -> bytes:
    return (
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(text)) + text.encode()
    )


def event(kind: str, payload: Any) -> bytes:
    """A frame of ConverseStream."""
    headers = {
        ":event-type": kind,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return frame(headers, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


def exception(kind: str, message: str) -> bytes:
    headers = {":exception-type": kind, ":message-type": "exception"}
    return frame(headers, json.dumps({"message": message}).encode())


def frames_of(body: bytes) -> list[bytes]:
    """A whole stream, frame by frame."""
    found = []
    while body:
        size = struct.unpack_from(">I", body)[0]
        found.append(body[:size])
        body = body[size:]
    return found


def inside_preludes(body: bytes) -> list[bytes]:
    """Cut in the middle of the lengths and of the first checksum of every frame."""
    places, place = [], 0
    for each in frames_of(body):
        places += [place + 2, place + 6, place + 10]
        place += len(each)
    return [body[start:end] for start, end in zip([0, *places], [*places, len(body)], strict=True)]


def byte_by_byte(body: bytes) -> list[bytes]:
    return [body[place : place + 1] for place in range(len(body))]


CUTS = [lambda body: [body], frames_of, inside_preludes, byte_by_byte]
