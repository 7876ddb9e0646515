"""Whoever gives up, wherever it waits, leaves nothing behind."""

import asyncio
import contextlib
import random

import httpx
import pytest

from dataplane.upstream.transport.transport import LeanTransport
from tests.fakes.raw_server import Behaviour, Peer, RawServer
from tests.integration.transport.calls import (
    OK,
    UNTIL_CLOSE,
    Turnstile,
    answer_ok,
    fetch,
    post,
    start,
    until,
)
from tests.integration.transport.conftest import Open, Serve


async def silent(peer: Peer) -> None:
    await peer.request()
    await peer.gone()


async def stalling(peer: Peer) -> None:
    await peer.request()
    peer.write(UNTIL_CLOSE + b"half")
    await peer.gone()


async def cancel(task: asyncio.Task[bytes]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_waiting_for_the_head_can_be_cancelled(serve: Serve, open_transport: Open):
    server = await serve(silent)
    transport = open_transport(connections_max=1)
    task = asyncio.create_task(fetch(transport, post(server)))
    await until(lambda: server.asked)

    await cancel(task)

    await server.all_left()
    assert await fetch(transport, post(await serve(answer_ok))) == b"ok"


async def test_waiting_for_the_body_can_be_cancelled(serve: Serve, open_transport: Open):
    server = await serve(stalling)
    transport = open_transport(connections_max=1)
    response = await transport.handle_async_request(post(server))
    assert await anext(aiter(response.stream)) == b"half"
    task = asyncio.ensure_future(anext(aiter(response.stream)))
    await asyncio.sleep(0)

    await cancel(task)

    await server.all_left()
    assert await fetch(transport, post(await serve(answer_ok))) == b"ok"


async def test_an_answer_closed_before_its_end_closes_the_connection(
    serve: Serve, open_transport: Open
):
    server = await serve(stalling)
    transport = open_transport(connections_max=1)

    response = await transport.handle_async_request(post(server))
    for _ in range(2):
        await response.aclose()

    with pytest.raises(httpx.StreamClosed):
        await anext(aiter(response.stream))
    await server.all_left()
    assert await fetch(transport, post(await serve(answer_ok))) == b"ok"


async def test_sending_a_large_body_can_be_cancelled(serve: Serve, transport: LeanTransport):
    async def behaviour(peer: Peer) -> None:
        await peer.request_head()
        heads.append(peer)
        await asyncio.wait_for(peer.gone(), 10)

    heads: list[Peer] = []
    server = await serve(behaviour)
    task = asyncio.create_task(fetch(transport, post(server, b"x" * 30_000_000)))
    await until(lambda: heads)

    await cancel(task)

    await server.all_left()


async def test_connecting_can_be_cancelled(serve: Serve, open_transport: Open):
    async def never_shakes_hands(peer: Peer) -> None:
        await peer.gone()

    server = await serve(never_shakes_hands)
    transport = open_transport(connections_max=1)
    task = asyncio.create_task(fetch(transport, post(server.url.replace("http", "https"))))
    await until(lambda: server.peers)

    await cancel(task)

    await server.all_left()
    assert await fetch(transport, post(await serve(answer_ok))) == b"ok"


async def test_a_place_in_the_queue_can_be_given_up(serve: Serve, open_transport: Open):
    turnstile = Turnstile()
    server = await serve(turnstile)
    transport = open_transport(connections_max=1)
    tasks = await start(transport, *(post(server, body) for body in (b"1", b"2", b"3")))

    await cancel(tasks[1])
    for body in (b"1", b"3"):
        turnstile.release(body)

    assert await asyncio.gather(tasks[0], tasks[2]) == [b"ok", b"ok"]
    assert turnstile.arrived == [b"1", b"3"]


async def test_what_is_handed_to_somebody_just_cancelled_goes_to_the_next(
    serve: Serve, open_transport: Open
):
    """Cancelled in the very turn of the loop in which the connection became free."""

    async def first_call() -> None:
        await fetch(transport, post(server, b"1"))
        waiting[0].cancel()

    turnstile = Turnstile()
    server = await serve(turnstile)
    transport = open_transport(connections_max=1)
    first = asyncio.create_task(first_call())
    await until(lambda: turnstile.arrived)
    waiting = await start(transport, post(server, b"2"), post(server, b"3"))
    for body in (b"1", b"2", b"3"):
        turnstile.release(body)
    await first

    assert await waiting[1] == b"ok"
    assert turnstile.arrived == [b"1", b"3"]
    assert len(server.peers) == 1


def moody(dice: random.Random) -> Behaviour:
    """A server that answers, falls silent, breaks off or says too much, as the dice fall."""
    endings = [
        lambda peer: peer.reset(),
        lambda peer: peer.close(),
        lambda peer: peer.write(OK[:-1]),
        lambda peer: peer.write(OK + b"x"),
        *[lambda peer: peer.write(OK)] * 2,
    ]

    async def behaviour(peer: Peer) -> None:
        while True:
            await peer.request()
            await asyncio.sleep(dice.choice((0, 0, 0.002)))
            dice.choice(endings)(peer)

    return behaviour


async def impatient_call(transport: LeanTransport, server: RawServer, seconds: float) -> None:
    with contextlib.suppress(httpx.TransportError, TimeoutError):
        async with asyncio.timeout(seconds):
            await fetch(transport, post(server))


async def test_whatever_happens_no_place_is_lost(serve: Serve, open_transport: Open):
    dice = random.Random(7)
    transport = open_transport(connections_max=8, connections_per_origin_max=5, waiting_max=40)
    servers = [await serve(moody(dice)) for _ in range(3)]
    for _ in range(20):
        patience = [dice.choice((0.0, 0.001, 0.003, 0.01)) for _ in range(30)]
        calls = (impatient_call(transport, dice.choice(servers), seconds) for seconds in patience)
        await asyncio.gather(*calls)

    turnstile = Turnstile()
    good = [await serve(turnstile), await serve(turnstile)]
    bodies = [b"%d" % number for number in range(8)]
    requests = [post(good[number % 2], body) for number, body in enumerate(bodies)]
    tasks = await start(transport, *requests)
    await until(lambda: len(turnstile.arrived) == len(bodies))
    for body in bodies:
        turnstile.release(body)
    assert await asyncio.gather(*tasks) == [b"ok"] * len(bodies)
