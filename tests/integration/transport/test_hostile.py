"""Servers that break off, talk nonsense or too much: a typed error, and a closed connection."""

import asyncio

import httpx
import pytest

from dataplane.upstream.transport.transport import LeanTransport
from tests.fakes.raw_server import Peer, RawServer
from tests.integration.transport.calls import CHUNKED, OK, UNTIL_CLOSE, fetch, post
from tests.integration.transport.conftest import Serve

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH_9 = HEAD + b"content-length: 9\r\n\r\n"

MALFORMED = {
    "HTML": b"<html>hello</html>",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x28",
    "line feeds alone": b"HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
    "status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "status below 100": b"HTTP/1.1 099 OK\r\ncontent-length: 2\r\n\r\nok",
    "another protocol": HEAD.replace(b"200", b"101") + b"upgrade: x\r\nconnection: upgrade\r\n\r\n",
    "another protocol, bare": b"HTTP/1.1 101 Switching\r\n\r\n",
    "folded header": HEAD + b"a: b\r\n c\r\ncontent-length: 2\r\n\r\nok",
    "space before colon": HEAD + b"content-length : 2\r\n\r\nok",
    "zero byte in a header": HEAD + b"a: b\0c\r\ncontent-length: 2\r\n\r\nok",
    "negative length": HEAD + b"content-length: -1\r\n\r\n",
    "length too large to count": HEAD + b"content-length: 99999999999999999999999\r\n\r\n",
    "two lengths": HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok",
    "list of lengths": HEAD + b"content-length: 2, 2\r\n\r\nok",
    "length and chunks": HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok",
    "chunk size no number": CHUNKED + b"zz\r\nok\r\n",
    "chunk size too large": CHUNKED + b"ffffffffffffffffff\r\nok\r\n",
    "chunk longer than said": CHUNKED + b"1\r\nok\r\n0\r\n\r\n",
}

ENDLESS = {
    "header": HEAD + b"a: ",
    "headers": HEAD,
    "status line": b"HTTP/1.1 200 ",
    "trailer": CHUNKED + b"0\r\na: ",
    "chunk extension": CHUNKED + b"1;",
    "interim answers": b"",
}
MORE = {
    "headers": b"a: b\r\n" * 1000,
    "interim answers": b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\n" * 300,
}
HUGE = {
    "header": HEAD + b"a: %b\r\n" % (b"b" * 70_000) + b"content-length: 0\r\n\r\n",
    "headers": HEAD + b"a: bcd\r\n" * 20_000 + b"content-length: 0\r\n\r\n",
}

PREMATURE = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 2",
    "half a head": HEAD + b"content-le",
    "an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n",
    "half a body": LENGTH_9 + b"half",
    "an absurd length": HEAD + b"content-length: 4611686018427387904\r\n\r\nhalf",
    "half a chunk": CHUNKED + b"9\r\nhalf",
    "no last chunk": CHUNKED + b"4\r\nhalf\r\n",
    "half a last chunk": CHUNKED + b"4\r\nhalf\r\n0\r\n",
    "a coding of its own": HEAD + b"transfer-encoding: gzip\r\n\r\nhalf",
}


def says(data: bytes, then=Peer.gone):
    """A server that says this to everybody, and then does that."""

    async def behaviour(peer: Peer) -> None:
        await peer.request()
        await peer.send(data)
        if (last := then(peer)) is not None:
            await last

    return behaviour


async def fails_with(
    error: type[httpx.TransportError], transport: LeanTransport, server: RawServer
) -> str:
    """What it says, which is nothing it should not; and no connection is left behind."""
    with pytest.raises(error) as raised:
        await fetch(transport, post(server, authorization="Bearer secret"))
    assert type(raised.value) is error
    for text in (str(raised.value), repr(raised.value)):
        assert not [word for word in ("127.0.0.1", str(server.port), "secret") if word in text]
    await server.all_left()
    return str(raised.value)


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_not_http_is_refused(data: bytes, serve: Serve, transport: LeanTransport):
    await fails_with(httpx.RemoteProtocolError, transport, await serve(says(data)))


@pytest.mark.parametrize("data", PREMATURE.values(), ids=PREMATURE)
async def test_an_answer_that_ends_too_early_is_an_error(
    data: bytes, serve: Serve, transport: LeanTransport
):
    server = await serve(says(data, then=Peer.close))

    await fails_with(httpx.RemoteProtocolError, transport, server)

    assert len(server.asked) == 1


@pytest.mark.parametrize("data", [b"", HEAD, LENGTH_9, UNTIL_CLOSE], ids=repr)
async def test_a_reset_is_an_error(data: bytes, serve: Serve, transport: LeanTransport):
    server = await serve(says(data, then=Peer.reset))

    await fails_with(httpx.ReadError, transport, server)

    assert len(server.asked) == 1


async def test_what_came_before_the_end_can_be_read(serve: Serve, transport: LeanTransport):
    server = await serve(says(LENGTH_9 + b"half", then=Peer.close))

    response = await transport.handle_async_request(post(server))
    await server.all_left()
    pieces = aiter(response.stream)

    assert await anext(pieces) == b"half"
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(pieces)


@pytest.mark.parametrize("name", ENDLESS)
async def test_a_head_without_end_is_cut_off(name: str, serve: Serve, transport: LeanTransport):
    async def behaviour(peer: Peer) -> None:
        await peer.request()
        await peer.send(ENDLESS[name])
        for _ in range(1000):
            await peer.send(MORE.get(name, b"x" * 10_000))
            await asyncio.sleep(0)

    said = await fails_with(httpx.RemoteProtocolError, transport, await serve(behaviour))

    assert "too large" in said


@pytest.mark.parametrize("data", HUGE.values(), ids=HUGE)
async def test_a_head_that_is_too_large_is_refused(
    data: bytes, serve: Serve, transport: LeanTransport
):
    await fails_with(httpx.RemoteProtocolError, transport, await serve(says(data)))


async def test_a_large_body_right_behind_the_head_is_not_taken_for_it(
    serve: Serve, transport: LeanTransport
):
    body = b"x" * 500_000
    server = await serve(says(HEAD + b"content-length: 500000\r\n\r\n" + body))

    assert await fetch(transport, post(server)) == body


async def test_nobody_there_is_an_error_of_connecting(serve: Serve, transport: LeanTransport):
    server = await serve(says(OK))
    await server.stop_listening()

    await fails_with(httpx.ConnectError, transport, server)


async def test_the_address_of_nobody_is_an_error_of_connecting(transport: LeanTransport):
    with pytest.raises(httpx.ConnectError) as raised:
        await fetch(transport, post("http://300.1.2.3.invalid:1/x"))

    assert "invalid" not in str(raised.value)
