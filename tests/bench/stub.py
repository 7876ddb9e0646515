"""The provider of the benchmark: `python -m tests.bench.stub` prints its port, then answers.

Written on the event loop's protocols, without a framework, so that it is never what is measured.
"""

import asyncio
import gc
import signal
import sys
from typing import cast

import httptools
import uvloop

from tests.bench import exchange
from tests.bench.exchange import Call

BACKLOG = 4096
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
BAD = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
NOT_OURS = (
    b'{"error":{"message":"This is no call of the benchmark.","type":"invalid_request_error"}}'
)
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)


class Stub(asyncio.Protocol):
    """One connection of a gateway."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._body: list[bytes] = []
        self._stream: Stream | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _: Exception | None) -> None:
        if self._stream is not None:
            self._stream.stop()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        call = exchange.call_in(body)
        if call is None:
            self._transport.write(BAD % (len(NOT_OURS), NOT_OURS))
        elif call.pieces:
            with_usage = exchange.WITH_USAGE.search(body) is not None
            self._stream = Stream(self._transport, call, with_usage)
        else:
            answer = exchange.answer_body(call.number)
            self._transport.write(OK % (len(answer), answer))


class Stream:
    """A streamed answer: the first piece at once, the others on time, each in its own write."""

    def __init__(self, transport: asyncio.Transport, call: Call, with_usage: bool) -> None:
        self._transport = transport
        self._call = call
        self._with_usage = with_usage
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._place = 0
        transport.write(STREAM_HEAD + _framed(exchange.opening(call.number)))
        self._next: asyncio.Handle = self._loop.call_soon(self._send_piece)

    def stop(self) -> None:
        self._next.cancel()

    def _send_piece(self) -> None:
        self._transport.write(_framed(exchange.piece(self._call.number, self._place)))
        self._place += 1
        if self._place == self._call.pieces:
            self._next = self._loop.call_soon(self._end)
        elif self._call.pause_us:
            due = self._started + self._place * self._call.pause_us / 1e6
            self._next = self._loop.call_at(due, self._send_piece)
        else:
            self._next = self._loop.call_soon(self._send_piece)

    def _end(self) -> None:
        end = exchange.ending(self._call, self._with_usage)
        self._transport.write(_framed(end) + b"0\r\n\r\n")


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", 0, backlog=BACKLOG)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()


if __name__ == "__main__":
    gc.freeze()
    uvloop.run(serve())
