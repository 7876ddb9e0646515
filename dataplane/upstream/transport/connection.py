"""One connection: a request at a time is written to it, and the answer to it is read from it."""

import asyncio
import select
from typing import Protocol, cast

import httpx

from dataplane.upstream.transport.answer import Answer
from dataplane.upstream.transport.origin import Origin
from dataplane.upstream.transport.reader import AnswerReader

SMALL_BODY_BYTES = 64 * 1024
"""Up to this, a body is written in one go with its head."""
SLICE_BYTES = 256 * 1024
"""Of a larger body, never much more than this waits in memory to be sent."""
UNREAD_BYTES_MAX = 64 * 1024
"""With more than this unread, reading stops, and the server has to wait."""
STALE_SECONDS = 5.0
"""A connection that ends within this after a request was ended before the request came."""


class Owner(Protocol):
    """Who is told what becomes of a connection."""

    def released(self, connection: "Connection") -> None:
        """Its answer is complete, and it is good for another."""

    def closed(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """Reports to its owner from when it is adopted. Whatever is irregular closes it."""

    _transport: asyncio.Transport

    def __init__(self, origin: Origin, loop: asyncio.AbstractEventLoop) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.is_closed = False
        self._loop = loop
        self._owner: Owner | None = None
        self._poll = select.poll()
        self._reader = AnswerReader()
        self._answer: Answer | None = None
        self._requests = 0
        self._sent_at = 0.0
        self._unsent: memoryview | None = None
        self._may_write = True
        self._is_reading = True

    def adopt(self, owner: Owner) -> None:
        self._owner = owner

    @property
    def is_quiet(self) -> bool:
        """Open, and neither bytes nor an end that nobody asked for are waiting in the socket."""
        return not self.is_closed and not self._poll.poll(0)

    def was_stale(self, answer: Answer) -> bool:
        """The failed answer's request met a connection that the server had already given up.

        It had served before, and ended at once and without one byte of an answer. An end that
        comes later is none of a connection left idle: the server had begun to work.
        """
        was_at_once = self._loop.time() - self._sent_at < STALE_SECONDS
        return self._requests > 1 and was_at_once and not answer.has_begun

    def close(self) -> None:
        """At once: nothing that is still in its buffers is of use to anybody."""
        self._fail(httpx.ReadError("the connection was closed"))

    # Writing

    def send(self, head: bytes, body: bytes, *, has_body: bool) -> Answer:
        """Writes the request as fast as it is taken; the answer need not wait for its end."""
        self._answer = answer = Answer(self, self._loop, has_body=has_body)
        self._reader.expect(answer)
        self._requests += 1
        self._sent_at = self._loop.time()
        if len(body) <= SMALL_BODY_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._unsent = memoryview(body)
            self._write_more()
        return answer

    def _write_more(self) -> None:
        while self._unsent is not None and self._may_write:
            piece, rest = self._unsent[:SLICE_BYTES], self._unsent[SLICE_BYTES:]
            self._unsent = rest if rest.nbytes else None
            self._transport.write(piece)

    def pause_writing(self) -> None:
        self._may_write = False

    def resume_writing(self) -> None:
        self._may_write = True
        self._write_more()

    # Reading

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:
            self.close()
            return
        try:
            self._reader.feed(data)
        except httpx.RemoteProtocolError as error:
            self._fail(error)
            return
        if answer.is_complete:
            self._finish()
            return
        if answer.unread_bytes > UNREAD_BYTES_MAX:
            self._is_reading = False
            self._transport.pause_reading()
        answer.wake()

    def resume(self) -> None:
        if not self._is_reading and not self.is_closed:
            self._is_reading = True
            self._transport.resume_reading()

    def eof_received(self) -> None:
        """Over TLS, with uvloop, this is a proper goodbye: who is cut off only gets lost."""
        if self._answer is None:
            self.close()
            return
        try:
            self._reader.end()
        except httpx.RemoteProtocolError as error:
            self._fail(error)
        else:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._unsent is not None:
            self._fail(httpx.WriteError("the connection was lost while the request was sent"))
        elif exc is None:
            self._fail(
                httpx.RemoteProtocolError("the connection was cut in the middle of an answer")
            )
        else:
            self._fail(httpx.ReadError("the connection was lost"))

    def _finish(self) -> None:
        """The answer is complete, but the request may not be: then neither is the connection."""
        self._answer = None
        is_sent = self._unsent is None and not self._transport.get_write_buffer_size()
        if self._reader.leaves_open and is_sent and self._owner is not None:
            self.resume()
            self._owner.released(self)
        else:
            self.close()

    def _fail(self, error: httpx.TransportError) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self._unsent = None
        self._transport.abort()
        if self._answer is not None:
            self._answer.fail(error)
            self._answer = None
        if self._owner is not None:
            self._owner.closed(self)
