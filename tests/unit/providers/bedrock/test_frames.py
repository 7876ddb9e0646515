"""Cutting AWS event streams: whatever way the bytes come, and whoever sends them."""

import contextlib
import random
import struct
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from dataplane.providers.base import StreamDamaged
from dataplane.providers.bedrock.frames import FrameSplitter, FrameUnreadable, opened
from tests import event_streams, recordings
from tests.event_streams import event, frame, frames_of, header, raw_frame

LIMIT = 1024 * 1024
HELLO = event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}})


def is_event_stream(record: recordings.Recording) -> bool:
    return record["provider"] == "bedrock" and bool(record.get("response_body_b64"))


def cut(pieces: list[bytes], limit: int = LIMIT) -> list[bytes]:
    splitter = FrameSplitter(limit)
    found = [each for piece in pieces for each in splitter.feed(piece)]
    assert splitter.rest() == b""
    return found


@pytest.mark.parametrize("record", recordings.parameters(is_event_stream))
def test_recorded_streams_are_cut_as_botocore_cuts_them(record: recordings.Recording):
    body = recordings.body_of(record)
    reference = EventStreamBuffer()
    reference.add_data(body)
    expected = [(message.headers, message.payload) for message in reference]

    for way in event_streams.CUTS:
        assert [opened(each) for each in cut(way(body))] == expected


def test_every_place_to_cut_is_as_good_as_another():
    body = HELLO + event("messageStop", {"stopReason": "end_turn"})

    for place in range(len(body)):
        assert cut([body[:place], body[place:]]) == frames_of(body)


def test_all_types_of_headers_are_passed_over():
    values = b"".join(
        [
            b"\x01a\x00",
            b"\x01b\x01",
            b"\x01c\x02\x01",
            b"\x01d\x03\x00\x01",
            b"\x01e\x04" + bytes(4),
            b"\x01f\x05" + bytes(8),
            b"\x01g\x06\x00\x03abc",
            b"\x01h\x08" + bytes(8),
            b"\x01i\x09" + bytes(16),
            header(":event-type", "metadata"),
        ]
    )

    assert opened(raw_frame(values, b"{}")) == ({":event-type": "metadata"}, b"{}")


@pytest.mark.parametrize(
    "headers",
    [
        b"\x05ab",
        b"\x01a\x07\x00\x09short",
        b"\x01a\x0a",
        b"\x01a",
        b"\x01a\x04\x00",
        b"\x02\xff\xfe\x07\x00\x00",
        b"\x01a\x07\x00\x02\xff\xfe",
        b"\x01" * 301,
    ],
)
def test_headers_that_are_none_make_a_frame_unreadable(headers: bytes):
    with pytest.raises(FrameUnreadable):
        opened(raw_frame(headers, b"{}"))


def damaged(body: bytes, place: int, value: int) -> bytes:
    return body[:place] + bytes([value]) + body[place + 1 :]


def lengths(size: int, headers_size: int) -> bytes:
    """A prelude that says so, with the right checksum."""
    said = struct.pack(">II", size, headers_size)
    return said + struct.pack(">I", crc32(said))


@pytest.mark.parametrize(
    "body",
    [
        damaged(HELLO, 3, HELLO[3] ^ 1),
        damaged(HELLO, 9, HELLO[9] ^ 1),
        damaged(HELLO, 40, HELLO[40] ^ 1),
        damaged(HELLO, len(HELLO) - 1, HELLO[-1] ^ 1),
        lengths(2**32 - 1, 0),
        lengths(LIMIT + 1, 0),
        lengths(15, 0),
        lengths(0, 0),
        lengths(100, 85),
        lengths(900_000, 200_000),
        b"data: {}\n\ndata: [DONE]\n\n",
        b"<html><body>502 Bad Gateway</body></html>",
        bytes(64),
    ],
)
def test_what_cannot_be_a_frame_is_found_out_at_once(body: bytes):
    for pieces in ([body], event_streams.byte_by_byte(body)):
        with pytest.raises(StreamDamaged):
            cut(pieces)


def test_lengths_are_not_believed_before_their_checksum():
    """A damaged length must not make it wait for gigabytes."""
    with pytest.raises(StreamDamaged):
        cut([struct.pack(">III", 2**20, 0, 12345)])


def test_a_frame_that_breaks_off_is_no_frame():
    splitter = FrameSplitter(LIMIT)

    assert list(splitter.feed(HELLO + HELLO[:-1])) == [HELLO]
    assert splitter.rest() == b""


def test_frames_before_a_damaged_one_are_handed_out():
    splitter = FrameSplitter(LIMIT)
    given = splitter.feed(HELLO + damaged(HELLO, 40, 0))

    assert next(given) == HELLO
    with pytest.raises(StreamDamaged):
        next(given)


def test_many_small_frames_in_one_piece_take_no_longer_than_apart():
    body = HELLO * 20_000

    assert len(cut([body])) == 20_000


@given(st.binary(max_size=200), st.lists(st.integers(1, 40), max_size=20))
def test_any_bytes_are_frames_or_damaged(noise: bytes, sizes: list[int]):
    body, pieces = HELLO + noise, []
    for size in [*sizes, len(body)]:
        pieces.append(body[:size])
        body = body[size:]
    with contextlib.suppress(StreamDamaged):
        assert cut(pieces)[:1] in ([HELLO], [])


@given(st.binary(max_size=300))
def test_any_headers_are_text_or_unreadable(noise: bytes):
    try:
        headers, payload = opened(raw_frame(noise, b"{}"))
    except FrameUnreadable:
        return
    assert payload == b"{}"
    assert all(isinstance(text, str) for text in headers.values())


def test_large_frames_come_in_small_pieces():
    payload = random.Random(1).randbytes(500_000)
    body = frame({":message-type": "event"}, payload)

    found = cut([body[start : start + 1000] for start in range(0, len(body), 1000)])
    assert [opened(each)[1] for each in found] == [payload]
