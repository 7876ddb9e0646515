"""The provider that fails: OpenAI's chat on a raw socket, in one phase after the other."""

import asyncio
import json
from enum import StrEnum
from typing import Any

from tests.fakes.raw_server import Peer, RawServer
from tests.sockets import listening_socket

USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
ANSWER = {
    "id": "c",
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello there"},
            "finish_reason": "stop",
        }
    ],
    "usage": USAGE,
}
CHUNKS = [
    b'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n',
    b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n',
    b'data: {"id":"c","choices":[{"index":0,"delta":{"content":" there"}}]}\n\n',
    b'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    b'data: {"id":"c","choices":[],"usage":' + json.dumps(USAGE).encode() + b"}\n\n",
    b"data: [DONE]\n\n",
]
OVERLOADED = b'{"error":{"message":"Overloaded"}}'


class Phase(StrEnum):
    """What the first provider does."""

    WELL = "well"
    REFUSES = "refuses"
    STALLS = "stalls"
    RESETS = "resets"
    OVERLOADED = "overloaded"
    BACK = "back"


def response(status: str, body: bytes, kind: bytes = b"application/json") -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n"
    return head % (status.encode(), kind, len(body)) + body


class FirstProvider:
    """Speaks OpenAI's chat on a raw socket, and fails as its phase says."""

    def __init__(self) -> None:
        self.phase = Phase.WELL
        listener = listening_socket()
        self._port = listener.getsockname()[1]
        self._listener: Any = listener
        self._server = RawServer(self._serve, self._port, "http")
        self._busy: set[Peer] = set()
        self.url = self._server.url

    async def start(self) -> None:
        await self._server.listen(self._listener, None)

    async def enter(self, phase: Phase) -> None:
        """What was begun ends as it would have; idle connections are cut."""
        was, self.phase = self.phase, phase
        if was is Phase.REFUSES:
            await self._server.listen(listening_socket(self._port), None)
        if phase is Phase.REFUSES:
            await self._server.stop_listening()
        for peer in self._server.peers:
            if peer not in self._busy:
                peer.cut()

    async def stop(self) -> None:
        await self._server.stop()

    async def _serve(self, peer: Peer) -> None:
        while self.phase is not Phase.REFUSES:
            asked = await peer.request()
            self._busy.add(peer)
            try:
                if not await self._answer(peer, json.loads(asked.body)):
                    return
            finally:
                self._busy.discard(peer)

    async def _answer(self, peer: Peer, asked: dict[str, Any]) -> bool:
        """Whether the connection is good for another."""
        if self.phase is Phase.STALLS:
            await peer.gone()
            return False
        if self.phase is Phase.RESETS:
            peer.write(b"HTTP/1.1 200 OK\r\ncontent-ty")
            await asyncio.sleep(0.001)
            peer.reset()
            return False
        await asyncio.sleep(0.005)
        if self.phase is Phase.OVERLOADED:
            await peer.send(response("529 Overloaded", OVERLOADED))
        elif asked.get("stream"):
            await peer.send(response("200 OK", b"".join(CHUNKS), b"text/event-stream"))
        else:
            await peer.send(response("200 OK", json.dumps(ANSWER).encode()))
        return True
