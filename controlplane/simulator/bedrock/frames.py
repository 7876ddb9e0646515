"""AWS's event-stream frames: `length · length of headers · CRC · headers · payload · CRC`.

See "Event stream encoding" in the specification of Smithy.
"""

import struct
from binascii import crc32
from collections.abc import Mapping

from controlplane.simulator.replies import Json, encode

CONTENT_TYPE = "application/vnd.amazon.eventstream"
STRING = 7
# A prelude of 12 bytes, and the checksum at the end.
AROUND_BYTES = 16
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def event(kind: str, payload: Json) -> bytes:
    """Payloads are padded, as Bedrock does so that lengths tell nothing."""
    padded = {**payload, "p": ALPHABET[: 1 + len(encode(payload)) % len(ALPHABET)]}
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, encode(padded))


def exception(kind: str, message: str) -> bytes:
    headers = {
        ":exception-type": kind,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return frame(headers, encode({"message": message}))


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    head = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    lengths = struct.pack("!II", len(head) + len(payload) + AROUND_BYTES, len(head))
    body = lengths + struct.pack("!I", crc32(lengths)) + head + payload
    return body + struct.pack("!I", crc32(body))


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack("!B", len(name)) + name + struct.pack("!BH", STRING, len(value)) + value
