"""Two providers of one model, `far` and `near`, at one far end, and a client that asks for them."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.fakes.upstream import Asked, FakeUpstream, Scripted, stream, whole
from tests.plane import Plane

USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
MESSAGE = {"role": "assistant", "content": "Hi"}
ANSWER = {"choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}], "usage": USAGE}
CHUNKS = [
    b'data: {"choices": [{"index": 0, "delta": {"role": "assistant"}}]}\n\n',
    b'data: {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}\n\n',
    b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n',
    b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}}\n\n',
    b"data: [DONE]\n\n",
]


def well(asked: Asked) -> Scripted:
    return stream(CHUNKS) if asked.json.get("stream") else whole(ANSWER)


class Providers:
    """What each of them does when it is asked; they are well until told otherwise."""

    def __init__(self, upstream: FakeUpstream) -> None:
        self._upstream = upstream
        self.scripts: dict[str, Callable[[Asked], Scripted]] = {}
        upstream.script = self._script

    def does(self, name: str, scripted: Scripted) -> None:
        self.scripts[name] = lambda asked: scripted

    def is_well(self, name: str) -> None:
        self.scripts.pop(name, None)

    def asked(self, name: str) -> list[Asked]:
        return [asked for asked in self._upstream.asked if asked.path.startswith(f"/{name}/")]

    def _script(self, asked: Asked) -> Scripted:
        return self.scripts.get(asked.path.split("/")[1], well)(asked)


class Client:
    """Asks a plane, as one virtual key."""

    def __init__(self, plane: Plane, secret: str) -> None:
        self._http = httpx.Client(
            base_url=plane.url, timeout=30, headers={"authorization": f"Bearer {secret}"}
        )

    def ask(self, *, timeout_seconds: float = 30, **fields: Any) -> httpx.Response:
        body = {"model": "far/gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
        return self._http.post(
            "/v1/chat/completions", json={**body, **fields}, timeout=timeout_seconds
        )

    def close(self) -> None:
        self._http.close()


def wait_for(look: Callable[[], Any], seconds: float = 10.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
