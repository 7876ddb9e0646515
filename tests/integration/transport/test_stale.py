"""A connection that the server gives up just as it is used again."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from dataplane.upstream.transport import connection
from dataplane.upstream.transport.transport import LeanTransport
from tests.fakes.raw_server import Peer
from tests.integration.transport.calls import OK, answer_ok, fetch, post, start
from tests.integration.transport.conftest import Open, Serve

Ending = Callable[[Peer], None]
ENDINGS = pytest.mark.parametrize("ending", [Peer.close, Peer.reset])


def gives_up(ending: Ending, *, after: int = 1, last_words: bytes = b""):
    """Answers so many requests of a connection and reads one more, which it leaves unanswered."""

    async def behaviour(peer: Peer) -> None:
        for _ in range(after):
            await peer.request()
            peer.write(OK)
        await peer.request()
        await peer.send(last_words)
        ending(peer)

    return behaviour


@ENDINGS
async def test_the_request_is_sent_once_more_on_a_fresh_connection(
    ending: Ending, serve: Serve, transport: LeanTransport
):
    server = await serve(gives_up(ending))

    for body in (b"1", b"2"):
        assert await fetch(transport, post(server, body)) == b"ok"

    bodies = [[asked.body for asked in peer.asked] for peer in server.peers]
    assert bodies == [[b"1", b"2"], [b"2"]]


@ENDINGS
async def test_even_a_body_that_was_not_fully_sent_is_sent_once_more(
    ending: Ending, serve: Serve, transport: LeanTransport
):
    body = b"x" * 8_000_000

    async def behaviour(peer: Peer) -> None:
        await peer.request()
        peer.write(OK)
        await peer.request_head()
        ending(peer)

    server = await serve(behaviour)
    await fetch(transport, post(server))

    assert await fetch(transport, post(server, body)) == b"ok"
    assert server.asked[-1].body == body


@ENDINGS
async def test_a_fresh_connection_is_not_tried_again(
    ending: Ending, serve: Serve, transport: LeanTransport
):
    server = await serve(gives_up(ending, after=0))

    with pytest.raises(httpx.TransportError):
        await fetch(transport, post(server))

    assert len(server.asked) == 1


async def test_nothing_is_sent_a_third_time(serve: Serve, transport: LeanTransport):
    server = await serve(lambda peer: behaviour(peer))

    async def behaviour(peer: Peer) -> None:
        await gives_up(Peer.close, after=1 if peer is server.peers[0] else 0)(peer)

    await fetch(transport, post(server, b"1"))
    with pytest.raises(httpx.RemoteProtocolError):
        await fetch(transport, post(server, b"2"))

    assert [asked.body for asked in server.asked] == [b"1", b"2", b"2"]


@ENDINGS
async def test_nothing_is_repeated_once_a_byte_has_come_back(
    ending: Ending, serve: Serve, transport: LeanTransport
):
    server = await serve(gives_up(ending, last_words=b"H"))
    await fetch(transport, post(server))

    with pytest.raises(httpx.TransportError):
        await fetch(transport, post(server))

    assert len(server.asked) == 2


async def test_a_server_that_had_begun_to_work_is_not_asked_again(
    serve: Serve, transport: LeanTransport, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "STALE_SECONDS", 0.0)
    server = await serve(gives_up(Peer.close))
    await fetch(transport, post(server))

    with pytest.raises(httpx.RemoteProtocolError):
        await fetch(transport, post(server))

    assert len(server.asked) == 2


async def test_at_the_limit_too_there_is_room_for_the_second_try(
    serve: Serve, open_transport: Open
):
    server = await serve(gives_up(Peer.close))
    transport = open_transport(connections_max=1)

    for body in (b"1", b"2", b"3"):
        assert await fetch(transport, post(server, body)) == b"ok"

    assert len(server.peers) == 3


async def test_the_second_try_takes_over_no_connection_used_before(
    serve: Serve, open_transport: Open
):
    async def behaviour(peer: Peer) -> None:
        await (gives_up(Peer.close) if peer is server.peers[0] else answer_ok)(peer)

    server = await serve(behaviour)
    transport = open_transport(connections_max=1)
    await fetch(transport, post(server, b"1"))
    tasks = await start(transport, post(server, b"stale"), post(server, b"waiting"))

    assert await asyncio.gather(*tasks) == [b"ok", b"ok"]
    bodies = [[asked.body for asked in peer.asked] for peer in server.peers]
    assert bodies == [[b"1", b"stale"], [b"waiting"], [b"stale"]]
