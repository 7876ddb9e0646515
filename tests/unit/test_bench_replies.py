"""What the load generator takes for a right answer, and what it does not."""

import pytest

from tests.bench import exchange
from tests.bench.exchange import Call
from tests.bench.load.replies import StreamReply, WholeReply
from tests.bench.load.tally import Tally

STREAMED = Call(7, pieces=3)


def whole(body: bytes, status: int = 200) -> str | None:
    reply = WholeReply(Call(7), due=0.0)
    reply.take(body[:100])
    reply.take(body[100:])
    reply.finish(status)
    return reply.fault


def stream_of(*places: int, number: int = 7, end: bool = True) -> bytes:
    pieces = b"".join(exchange.piece(number, place) for place in places)
    return exchange.opening(number) + pieces + (exchange.ending(STREAMED, True) if end else b"")


def streamed(body: bytes, size: int) -> StreamReply:
    reply = StreamReply(STREAMED, due=0.0)
    for start in range(0, len(body), size):
        reply.take(body[start : start + size])
    reply.finish(200)
    return reply


def test_the_answer_to_this_call_is_right():
    assert whole(exchange.answer_body(7)) is None


def test_an_answer_that_was_written_anew_is_right_too():
    assert whole(exchange.answer_body(7).replace(b'":', b'": ') + b"\n") is None


def test_wrong_answers_are_told_apart():
    assert whole(exchange.answer_body(8)) == "another answer"
    assert whole(exchange.answer_body(7)[:-1]) == "a cut answer"
    assert whole(exchange.answer_body(7), status=502) == "status 502"


@pytest.mark.parametrize("size", [1, 2, 7, 50, 1000, 100_000])
def test_a_stream_is_right_however_it_is_cut(size: int):
    reply = streamed(stream_of(0, 1, 2), size)
    assert reply.fault is None
    assert reply.pieces == len(reply.delays) == 3


def test_streams_that_are_not_whole_or_not_ours_are_wrong():
    assert streamed(stream_of(0, 1), 100_000).fault == "2 pieces of 3"
    assert streamed(stream_of(0, 2, 1), 100_000).fault == "pieces out of place"
    assert streamed(stream_of(0, 1, 1, 2), 100_000).fault == "pieces out of place"
    assert streamed(stream_of(0, 1, 2, number=8), 100_000).fault == "pieces out of place"
    assert streamed(stream_of(0, 1, 2, end=False), 100_000).fault == "no end marker"


def test_a_wrong_answer_is_neither_throughput_nor_latency():
    tally = Tally()
    for body in (exchange.answer_body(7), exchange.answer_body(8)):
        reply = WholeReply(Call(7), due=0.0)
        reply.take(body)
        reply.finish(200)
        tally.add(reply)
    assert (tally.right, tally.wrong) == (1, 1)
    assert tally.ended_by(float("inf")) == 1
