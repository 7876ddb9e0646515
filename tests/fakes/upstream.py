"""The far end in tests: an ASGI server on a real socket that answers from a script.

It speaks the providers' real dialects because its scripts are their recorded answers, or are
written by hand from their documentation. Whatever it is asked is kept for the test to look at.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from tests.sockets import listening_socket

Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Asked:
    """One request as it arrived upstream."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    raw_path: str = ""
    """As it stood on the wire, with its escapes."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Scripted:
    """One answer: a status, headers, the pieces of its body, and what goes wrong."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    pieces: list[bytes] = field(default_factory=list)
    delay_seconds: float = 0.0
    pause_seconds: float = 0.0
    stall_seconds: float = 0.0
    """Silence after the last piece, before the body ends."""
    breaks_off: bool = False
    """The connection is reset instead of the body being ended."""


def whole(body: Any, status: int = 200, **headers: str) -> Scripted:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Scripted(status, {"content-type": "application/json", **headers}, [data])


def stream(pieces: Iterable[bytes], **options: Any) -> Scripted:
    return Scripted(200, {"content-type": "text/event-stream"}, list(pieces), **options)


class FakeUpstream:
    """Runs in a thread of its own, so that synchronous SDKs can be tested against it, too."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: Callable[[Asked], Scripted] = lambda asked: whole({})
        self._socket = listening_socket()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self._app, interface="asgi3", log_level="critical", lifespan="off", loop="asyncio"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def answers(self, scripted: Scripted) -> None:
        """From now on, this to everything."""
        self.script = lambda asked: scripted

    def reset(self) -> None:
        self.asked.clear()
        self.script = lambda asked: whole({})

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=5)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    async def _app(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        raw_path = scope["raw_path"].decode()
        asked = Asked(scope["method"], scope["path"], query, headers, body, raw_path)
        self.asked.append(asked)
        await self._answer(self.script(asked), send)

    async def _answer(self, answer: Scripted, send: Send) -> None:
        await asyncio.sleep(answer.delay_seconds)
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        for piece in answer.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(answer.pause_seconds)
        await asyncio.sleep(answer.stall_seconds)
        if answer.breaks_off:
            raise ConnectionResetError("as scripted")
        await send({"type": "http.response.body", "body": b""})
