"""A steady load, half of it streams, and what its clients are content with."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.outage.first_provider import FirstProvider, Phase

PATIENCE_SECONDS = 30
MESSAGES = [{"role": "user", "content": "Hello"}]


@dataclass(frozen=True)
class Heard:
    """One request, as its client saw it."""

    phase: Phase
    request_id: str
    provider: str
    problem: str | None
    """Why the client cannot be content."""


@dataclass(frozen=True)
class Answer:
    """A response, whole."""

    status: int
    headers: dict[str, str]
    text: str


async def exchange(url: str, secret: str, body: dict[str, Any]) -> Answer:
    """One request on a connection of its own, with as little work as will do."""
    host, _, port = url.removeprefix("http://").partition(":")
    data = json.dumps(body).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n"
        f"authorization: Bearer {secret}\r\ncontent-length: {len(data)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(head.encode() + data)
        answer = await reader.read(-1)
    finally:
        writer.close()
    top, _, rest = answer.partition(b"\r\n\r\n")
    status, *fields = top.decode("latin-1").split("\r\n")
    headers = dict(field.lower().split(": ", 1) for field in fields)
    is_chunked = headers.get("transfer-encoding") == "chunked"
    text = b"".join(chunks_in(rest)) if is_chunked else rest
    return Answer(int(status.split()[1]), headers, text.decode())


def chunks_in(body: bytes) -> Iterator[bytes]:
    """Raises `ValueError` if the last of them is missing."""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return
        yield body[:length]
        body = body[length + 2 :]


class Clients:
    """A steady stream of requests, half of them streams; none waits for another."""

    def __init__(self, url: str, secret: str, model: str, first: FirstProvider) -> None:
        self.heard: list[Heard] = []
        self._url = url
        self._model = model
        self._secret = secret
        self._first = first

    async def run(self, requests_per_second: float, stopped: asyncio.Event) -> None:
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in itertools.count():
                if stopped.is_set():
                    return
                group.create_task(self._ask(streamed=number % 2 == 0))
                due = begun + (number + 1) / requests_per_second
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _ask(self, *, streamed: bool) -> None:
        phase = self._first.phase
        body = {"model": self._model, "messages": MESSAGES, "max_tokens": 50}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await exchange(self._url, self._secret, {**body, "stream": streamed})
        except (OSError, ValueError, IndexError) as error:
            self.heard.append(Heard(phase, "", "", repr(error)))
            return
        self.heard.append(
            Heard(
                phase,
                answer.headers["x-request-id"],
                answer.headers.get("x-purser-provider", ""),
                problem_of(answer, streamed=streamed),
            )
        )


def problem_of(answer: Answer, *, streamed: bool) -> str | None:
    text = answer.text
    if answer.status != 200:
        return text
    if not streamed:
        content = json.loads(text)["choices"][0]["message"]["content"]
        return None if content == "Hello there" else text
    chunks = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    choices = [choice for chunk in chunks for choice in chunk.get("choices", ())]
    content = "".join(choice["delta"].get("content") or "" for choice in choices)
    is_whole = content == "Hello there" and text.endswith("data: [DONE]\n\n")
    return None if is_whole else text
