"""Connections kept alive: used again where that is safe, limited, and shared fairly."""

import asyncio

import httpx
import pytest

from dataplane.upstream.transport.transport import LeanTransport
from tests.fakes.raw_server import Peer, RawServer
from tests.integration.transport.calls import (
    OK,
    Turnstile,
    answer_ok,
    fetch,
    post,
    read,
    start,
    until,
)
from tests.integration.transport.conftest import Open, Serve


async def test_one_connection_serves_one_request_after_the_other(
    serve: Serve, transport: LeanTransport
):
    server = await serve(answer_ok)

    for _ in range(5):
        assert await fetch(transport, post(server)) == b"ok"

    assert len(server.peers) == 1


async def test_the_connection_used_last_is_used_first(serve: Serve, transport: LeanTransport):
    turnstile = Turnstile()
    server = await serve(turnstile)
    tasks = await start(transport, post(server, b"1"), post(server, b"2"))
    await until(lambda: len(turnstile.arrived) == 2)

    first, second = sorted(server.peers, key=lambda peer: peer.asked[0].body)
    for body, task in ((b"2", tasks[1]), (b"1", tasks[0])):
        turnstile.release(body)
        await task
    turnstile.release(b"3")
    await fetch(transport, post(server, b"3"))

    assert [len(peer.asked) for peer in (first, second)] == [2, 1]


CLOSING = {
    "connection: close": b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "a second answer": OK + OK,
    "the beginning of a second answer": OK + b"HTTP/1.1 200 OK\r\n",
    "something after the end": OK + b"x",
}


@pytest.mark.parametrize("answer", CLOSING.values(), ids=CLOSING)
async def test_a_connection_is_not_used_again_after(
    answer: bytes, serve: Serve, transport: LeanTransport
):
    async def behaviour(peer: Peer) -> None:
        await peer.request()
        peer.write(answer)
        await peer.gone()

    server = await serve(behaviour)
    for _ in range(2):
        assert await fetch(transport, post(server)) == b"ok"

    assert [len(peer.asked) for peer in server.peers] == [1, 1]
    await server.all_left()


@pytest.mark.parametrize("ending", [Peer.close, Peer.reset, lambda peer: peer.write(OK)])
async def test_a_connection_that_ends_or_speaks_while_idle_is_dropped(
    ending, serve: Serve, transport: LeanTransport
):
    server = await serve(answer_ok)
    await fetch(transport, post(server, b"1"))

    # What follows reaches the socket, but not the loop, before the next request is sent.
    ending(server.peers[0])
    assert await fetch(transport, post(server, b"2")) == b"ok"

    assert [[asked.body for asked in peer.asked] for peer in server.peers] == [[b"1"], [b"2"]]


async def test_a_connection_idle_for_too_long_is_closed(serve: Serve, open_transport: Open):
    server = await serve(answer_ok)
    transport = open_transport(idle_seconds=0.05)

    await asyncio.gather(*(fetch(transport, post(server)) for _ in range(3)))
    await server.all_left()

    assert await fetch(transport, post(server)) == b"ok"


async def test_who_waits_at_the_limit_is_served_in_the_order_of_arrival(
    serve: Serve, open_transport: Open
):
    turnstile = Turnstile()
    server = await serve(turnstile)
    transport = open_transport(connections_per_origin_max=1)
    bodies = [b"1", b"2", b"3", b"4"]
    tasks = await start(transport, *(post(server, body) for body in bodies))

    for body in reversed(bodies):
        turnstile.release(body)
    await asyncio.gather(*tasks)

    assert turnstile.arrived == bodies
    assert len(server.peers) == 1


async def test_an_idle_connection_makes_room_for_another_origin(serve: Serve, open_transport: Open):
    near, far = await serve(answer_ok), await serve(answer_ok)
    transport = open_transport(connections_max=1)

    for server in (near, far, near):
        assert await fetch(transport, post(server)) == b"ok"

    await far.all_left()
    assert [len(near.peers), len(far.peers)] == [2, 1]


async def test_a_busy_origin_does_not_starve_another_at_the_common_limit(
    serve: Serve, open_transport: Open
):
    turnstile = Turnstile()
    near, far = await serve(turnstile), await serve(turnstile)
    transport = open_transport(connections_max=1)
    requests = [post(near, b"1"), post(near, b"2"), post(far, b"3"), post(near, b"4")]
    tasks = await start(transport, *requests)

    for body in (b"1", b"2", b"3", b"4"):
        turnstile.release(body)
    await asyncio.gather(*tasks)

    assert turnstile.arrived == [b"1", b"2", b"3", b"4"]


async def test_waiting_for_a_connection_has_an_end(serve: Serve, open_transport: Open):
    turnstile = Turnstile()
    server = await serve(turnstile)
    transport = open_transport(connections_max=1, wait_seconds=0.05)
    tasks = await start(transport, post(server, b"1"))

    with pytest.raises(httpx.PoolTimeout):
        await fetch(transport, post(server, b"2"))

    turnstile.release(b"1")
    assert await tasks[0] == b"ok"
    assert turnstile.arrived == [b"1"]


async def test_no_more_than_so_many_may_wait(serve: Serve, open_transport: Open):
    turnstile = Turnstile()
    server = await serve(turnstile)
    transport = open_transport(connections_max=1, waiting_max=1)
    tasks = await start(transport, post(server, b"1"), post(server, b"2"))

    with pytest.raises(httpx.PoolTimeout, match="too many"):
        await fetch(transport, post(server, b"3"))

    for body in (b"1", b"2"):
        turnstile.release(body)
    assert await asyncio.gather(*tasks) == [b"ok", b"ok"]


async def test_closing_the_transport_ends_all_that_goes_on(serve: Serve, open_transport: Open):
    server: RawServer = await serve(Turnstile())
    transport = open_transport(connections_max=1)
    idle = open_transport()
    other = await serve(answer_ok)
    await fetch(idle, post(other))
    busy, waiting = await start(transport, post(server, b"1"), post(server, b"2"))
    await until(lambda: server.asked)

    for closing in (transport, idle):
        await closing.aclose()

    for task, error in ((busy, httpx.ReadError), (waiting, httpx.ConnectError)):
        with pytest.raises(error):
            await task
    with pytest.raises(httpx.ConnectError, match="closed"):
        await fetch(transport, post(server))
    await other.all_left()


async def test_closing_the_transport_closes_what_is_just_being_opened(
    serve: Serve, transport: LeanTransport
):
    server = await serve(answer_ok)
    (task,) = await start(transport, post(server))

    await transport.aclose()

    with pytest.raises(httpx.ConnectError):
        await task
    await server.all_left()
    assert server.asked == []


async def test_a_body_that_has_arrived_can_be_read_after_the_connection_went_on(
    serve: Serve, transport: LeanTransport
):
    server = await serve(answer_ok)

    first = await transport.handle_async_request(post(server, b"1"))
    await until(lambda: first.stream.is_complete)
    second = await transport.handle_async_request(post(server, b"2"))

    assert [await read(second), await read(first)] == [b"ok", b"ok"]
    assert len(server.peers) == 1
