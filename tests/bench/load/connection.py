"""One keep-alive connection of the load generator: one call at a time."""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

from tests.bench.load.replies import Reply


class Connection(asyncio.Protocol):
    """Sends a request, hands the answer to its reply, and reports when it is free or gone."""

    def __init__(
        self,
        when_done: Callable[["Connection", Reply], None],
        when_lost: Callable[["Connection"], None],
    ) -> None:
        self._when_done = when_done
        self._when_lost = when_lost
        self._parser = httptools.HttpResponseParser(self)
        self._reply: Reply | None = None
        self._transport: asyncio.Transport | None = None

    def send(self, request: bytes, reply: Reply) -> None:
        assert self._transport is not None
        self._reply = reply
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._end("connection lost")
        self._when_lost(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._end("not HTTP")
            self.close()

    def on_body(self, data: bytes) -> None:
        if self._reply is not None:
            self._reply.take(data)

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.close()
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.finish(self._parser.get_status_code())
            self._when_done(self, reply)

    def _end(self, fault: str) -> None:
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.fail(fault)
            self._when_done(self, reply)
