"""One request and its answer, as they should be."""

import asyncio
from itertools import pairwise

import httpx
import pytest

from dataplane.upstream.transport.transport import LeanTransport
from tests.fakes.raw_server import Peer
from tests.integration.transport.calls import CHUNKED, OK, UNTIL_CLOSE, answer_ok, fetch, post, read
from tests.integration.transport.conftest import Serve


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def test_a_request_arrives_as_it_was_given(serve: Serve, transport: LeanTransport):
    server = await serve(answer_ok)

    request = post(
        f"{server.url}/v1/chat?api-version=1&x=%20", b'{"a": 1}', authorization="Bearer k"
    )
    await fetch(transport, request)

    asked = server.asked[0]
    assert asked.line == "POST /v1/chat?api-version=1&x=%20 HTTP/1.1"
    assert asked.body == b'{"a": 1}'
    assert sorted(asked.headers) == [
        ("authorization", "Bearer k"),
        ("content-length", "8"),
        ("host", f"127.0.0.1:{server.port}"),
    ]


async def test_what_is_between_neighbours_is_not_for_the_caller_to_say(
    serve: Serve, transport: LeanTransport
):
    server = await serve(answer_ok)

    headers = {"Content-Length": "999", "Transfer-Encoding": "chunked", "Connection": "upgrade"}
    await fetch(transport, post(server, b"abc", **headers, Host="far.example"))

    assert sorted(server.asked[0].headers) == [("content-length", "3"), ("host", "far.example")]


async def test_a_request_of_httpx_itself_is_understood(serve: Serve, transport: LeanTransport):
    server = await serve(answer_ok)

    async with httpx.AsyncClient(transport=transport) as client:
        response = await client.post(server.url, json={"a": 1})

    assert response.text == "ok"
    assert server.asked[0].body == b'{"a":1}'


async def test_the_head_of_an_answer_is_kept_as_it_came(serve: Serve, transport: LeanTransport):
    async def behaviour(peer: Peer) -> None:
        await peer.request()
        peer.write(b"HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nSet-Cookie: a\r\n")
        peer.write(b"set-cookie: b\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n")
        await peer.gone()

    response = await transport.handle_async_request(post(await serve(behaviour)))

    assert response.status_code == 429
    assert response.headers.raw[:3] == [
        (b"Retry-After", b"7"),
        (b"Set-Cookie", b"a"),
        (b"set-cookie", b"b"),
    ]
    assert response.headers["retry-after"] == "7"
    assert response.headers.get("x-empty") == ""
    assert not hasattr(response.headers, "nothing")
    assert await read(response) == b""


async def test_every_piece_is_there_as_soon_as_it_has_arrived(
    serve: Serve, transport: LeanTransport
):
    seen = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        await peer.request()
        peer.write(CHUNKED)
        for word in (b"one", b"two", b"three"):
            peer.write(chunk(word))
            await seen.wait()
            seen.clear()
        peer.write(b"0\r\n\r\n")
        await peer.gone()

    response = await transport.handle_async_request(post(await serve(behaviour)))
    words = []
    async for piece in response.stream:
        words.append(piece)
        seen.set()

    assert words == [b"one", b"two", b"three"]


ANSWERS = {
    "content-length": (OK, b"ok"),
    "chunked": (CHUNKED + chunk(b"o") + chunk(b"k") + b"0\r\n\r\n", b"ok"),
    "chunk extensions": (CHUNKED + b"2;a=b\r\nok\r\n0;c\r\n\r\n", b"ok"),
    "trailers": (CHUNKED + chunk(b"ok") + b"0\r\nX-Sum: 1\r\n\r\n", b"ok"),
    "until close": (UNTIL_CLOSE + b"ok", b"ok"),
    "until close, empty": (UNTIL_CLOSE, b""),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nok", b"ok"),
    "HTTP/1.0 with length": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b""),
    "100 first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
    "103 first": (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + OK, b"ok"),
    "empty lines first": (b"\r\n\r\n" + OK, b"ok"),
}


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("name", ANSWERS)
async def test_answers_of_every_kind_are_read_to_their_end(
    name: str, at_once: bool, serve: Serve, transport: LeanTransport
):
    data, expected = ANSWERS[name]
    ends = range(len(data) + 1) if not at_once else (0, len(data))

    async def behaviour(peer: Peer) -> None:
        await peer.request()
        for start, end in pairwise(ends):
            await peer.send(data[start:end])
            await asyncio.sleep(0)

    response = await transport.handle_async_request(post(await serve(behaviour)))

    assert response.status_code in (200, 204, 304)
    assert "link" not in response.headers
    assert await read(response) == expected


async def test_an_answer_to_head_has_no_body(serve: Serve, transport: LeanTransport):
    async def behaviour(peer: Peer) -> None:
        await peer.request()
        peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        await peer.gone()

    server = await serve(behaviour)
    request = httpx.Request("HEAD", server.url)

    assert await fetch(transport, request) == b""
    await server.all_left()


INJECTIONS = {
    "value": {"headers": {"x-a": "b\r\nx-c: d"}},
    "line feed in value": {"headers": {"x-a": "b\nx-c: d"}},
    "carriage return in value": {"headers": {"x-a": "b\rx-c: d"}},
    "zero byte": {"headers": {"x-a": "b\0c"}},
    "name": {"headers": {"x-a: b\r\nx-c": "d"}},
    "method": {"method": "GET / HTTP/1.1\r\nx-a: b\r\n\r\nGET"},
}


@pytest.mark.parametrize("name", INJECTIONS)
async def test_a_line_break_in_a_head_is_refused(name: str, serve: Serve, transport: LeanTransport):
    server = await serve(answer_ok)
    parts = {"method": "POST", "headers": {}, **INJECTIONS[name]}

    with pytest.raises(httpx.LocalProtocolError, match="line break"):
        await fetch(transport, httpx.Request(url=server.url, content=b"", **parts))

    assert server.peers == []


async def test_other_schemes_are_not_spoken(transport: LeanTransport):
    with pytest.raises(httpx.UnsupportedProtocol):
        await fetch(transport, post("ftp://127.0.0.1/x"))
