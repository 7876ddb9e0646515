"""Large bodies in both directions: nothing balloons, and neither side waits for the other."""

import asyncio
import tracemalloc

import httpx
import pytest

from dataplane.upstream.transport.transport import LeanTransport
from tests.fakes.raw_server import Peer
from tests.integration.transport.calls import OK, UNTIL_CLOSE, fetch, post, read, until
from tests.integration.transport.conftest import Serve

MEGABYTE = 1024 * 1024


async def test_a_large_body_is_sent_whole_without_being_copied(
    serve: Serve, transport: LeanTransport
):
    body = bytes(range(256)) * (30 * MEGABYTE // 256)
    received = bytearray(len(body))

    async def behaviour(peer: Peer) -> None:
        await peer.request_head()
        await peer.receive_into(received)
        peer.write(OK)
        await peer.gone()

    server = await serve(behaviour)
    tracemalloc.start()
    try:
        assert await fetch(transport, post(server, body)) == b"ok"
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert received == body
    assert peak_bytes < 5 * MEGABYTE


async def test_what_nobody_reads_is_not_fetched(serve: Serve, transport: LeanTransport):
    sent = 0

    async def behaviour(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        peer.write(UNTIL_CLOSE)
        for _ in range(64):
            await peer.send(b"x" * MEGABYTE)
            sent += 1

    response = await transport.handle_async_request(post(await serve(behaviour)))
    before = -1
    while sent > before:
        before = sent
        await asyncio.sleep(0.1)

    assert sent < 64
    assert len(await read(response)) == 64 * MEGABYTE


async def test_an_answer_may_come_before_the_request_was_read(
    serve: Serve, transport: LeanTransport
):
    async def behaviour(peer: Peer) -> None:
        await peer.request_head()
        peer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nno!")
        await peer.gone()

    server = await serve(behaviour)
    response = await transport.handle_async_request(post(server, b"x" * 30 * MEGABYTE))

    assert (response.status_code, await read(response)) == (413, b"no!")
    await server.all_left()


async def test_an_answer_may_begin_before_the_request_has_ended(
    serve: Serve, transport: LeanTransport
):
    body, received = b"x" * 8 * MEGABYTE, bytearray(8 * MEGABYTE)
    seen = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        await peer.request_head()
        peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfir")
        await seen.wait()
        await peer.receive_into(received)
        peer.write(b"st")
        await peer.gone()

    response = await transport.handle_async_request(post(await serve(behaviour), body))
    pieces = aiter(response.stream)
    assert await anext(pieces) == b"fir"
    seen.set()

    assert await anext(pieces) == b"st"
    assert received == body


@pytest.mark.parametrize("ending", [Peer.close, Peer.reset])
async def test_a_server_that_leaves_while_it_is_written_to_is_an_error(
    ending, serve: Serve, transport: LeanTransport
):
    async def behaviour(peer: Peer) -> None:
        await peer.request_head()
        ending(peer)

    server = await serve(behaviour)

    with pytest.raises(httpx.TransportError):
        await fetch(transport, post(server, b"x" * 30 * MEGABYTE))
    await server.all_left()


async def test_a_hundred_streams_are_relayed_side_by_side(serve: Serve, transport: LeanTransport):
    async def behaviour(peer: Peer) -> None:
        body = (await peer.request()).body
        peer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(20):
            await peer.send(b"%x\r\n%b\r\n" % (len(body), body))
            await asyncio.sleep(0)
        peer.write(b"0\r\n\r\n")
        await peer.gone()

    server = await serve(behaviour)
    bodies = [b"stream %d;" % number for number in range(100)]
    answers = await asyncio.gather(*(fetch(transport, post(server, body)) for body in bodies))

    assert answers == [body * 20 for body in bodies]
    await until(lambda: len(server.peers) == 100)
