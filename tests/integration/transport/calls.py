"""Requests to a raw server, and the plainest answers of one."""

import asyncio
from collections.abc import Callable

import httpx

from dataplane.upstream.transport.transport import LeanTransport
from tests.fakes.raw_server import PATIENCE_SECONDS, Peer, RawServer

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\n"


def post(server: RawServer | str, body: bytes = b"{}", **headers: str) -> httpx.Request:
    url = server if isinstance(server, str) else f"{server.url}/v1/chat"
    return httpx.Request("POST", url, headers=headers, stream=httpx.ByteStream(body))


async def read(response: httpx.Response) -> bytes:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return b"".join([piece async for piece in response.stream])


async def fetch(transport: LeanTransport, request: httpx.Request) -> bytes:
    """The body of the answer, within the patience of a test."""
    async with asyncio.timeout(2 * PATIENCE_SECONDS):
        return await read(await transport.handle_async_request(request))


async def answer_ok(peer: Peer) -> None:
    """A server as it should be."""
    while True:
        await peer.request()
        peer.write(OK)


class Turnstile:
    """A server that answers when the test says so, and tells who is waiting."""

    def __init__(self) -> None:
        self.arrived: list[bytes] = []
        self.gates: dict[bytes, asyncio.Event] = {}

    async def __call__(self, peer: Peer) -> None:
        while True:
            body = (await peer.request()).body
            self.arrived.append(body)
            await self.gates.setdefault(body, asyncio.Event()).wait()
            peer.write(OK)

    def release(self, body: bytes) -> None:
        self.gates.setdefault(body, asyncio.Event()).set()


async def start(transport: LeanTransport, *requests: httpx.Request) -> list[asyncio.Task[bytes]]:
    """Sends them one after the other, without waiting for answers."""
    tasks = []
    for request in requests:
        tasks.append(asyncio.create_task(fetch(transport, request)))
        await asyncio.sleep(0)
    return tasks


async def until(condition: Callable[[], object]) -> None:
    """Lets the loop turn until it holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what others do is no event here
            await asyncio.sleep(0.001)
