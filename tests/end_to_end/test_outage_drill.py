"""An outage drill: under steady load the first provider fails in one way after the other.

It refuses connections, then stalls, then resets in the middle of a header, then answers 529. No
client notices: a provider of another dialect answers meanwhile, and the first choice returns by
itself. `PURSER_DRILL_REQUESTS_PER_SECOND` and `PURSER_DRILL_PHASE_SECONDS` make it harder.
"""

import asyncio
import itertools
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
import psycopg
import pytest

from tests.end_to_end.installation import Installation, manage, running_installation
from tests.fakes.raw_server import Peer, RawServer
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, stream, whole
from tests.sockets import listening_socket

log = logging.getLogger(__name__)

REQUESTS_PER_SECOND = float(os.environ.get("PURSER_DRILL_REQUESTS_PER_SECOND", "40"))
PHASE_SECONDS = float(os.environ.get("PURSER_DRILL_PHASE_SECONDS", "3"))
PATIENCE_SECONDS = 30
# Scaled like the phases: when an answer is late, and how long a provider is left alone.
LATE_SECONDS = "0.5"
REST_SECONDS_MAX = "1"
FIRST, SECOND = "first", "second"
MESSAGES = [{"role": "user", "content": "Hello"}]
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


# What the usage records of a phase call the failed attempts.
FAILURES = {
    Phase.REFUSES: {"connect_failed", "connection_lost"},
    Phase.STALLS: {"slow", "first_byte_timeout"},
    Phase.RESETS: {"connection_lost"},
    Phase.OVERLOADED: {"overloaded"},
}


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


def event(type: str, **fields: Any) -> bytes:
    return f"event: {type}\ndata: {json.dumps({'type': type, **fields})}\n\n".encode()


def claude(asked: Asked) -> Scripted:
    """The second provider, in Anthropic's dialect."""
    usage = {"input_tokens": 9, "output_tokens": 3}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": "Hello there"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }
    if not asked.json.get("stream"):
        return whole(message)
    delta = {"type": "text_delta", "text": "Hello there"}
    begun = {**message, "content": [], "stop_reason": None}
    return stream(
        [
            event("message_start", message=begun),
            event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
            event("content_block_delta", index=0, delta=delta),
            event("content_block_stop", index=0),
            event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage),
            event("message_stop"),
        ]
    )


@pytest.fixture(scope="module")
def purser() -> Iterator[Installation]:
    settings = {
        "PURSER_UPSTREAM_LATE_SECONDS": LATE_SECONDS,
        "PURSER_UPSTREAM_REST_SECONDS_MAX": REST_SECONDS_MAX,
    }
    with running_installation("--data-workers", "2", **settings) as installation:
        yield installation


@pytest.fixture(scope="module")
def second() -> Iterator[FakeUpstream]:
    upstream = FakeUpstream()
    upstream.script = claude
    yield upstream
    upstream.stop()


def configure(purser: Installation, first_url: str, second_url: str) -> str:
    """The secret of a key that falls back from GPT to Claude."""
    headers = {"authorization": f"Bearer {purser.facts['admin_token']}"}
    base_url = purser.facts["control_url"] + "/api/v1"
    with httpx.Client(base_url=base_url, headers=headers, timeout=30) as rest:

        def create(resource: str, **fields: Any) -> dict[str, Any]:
            answer = rest.post(f"/{resource}", json=fields)
            assert answer.status_code == 201, answer.text
            created: dict[str, Any] = answer.json()
            return created

        credential = {"api_key": "sk-provider-secret"}
        create(
            "providers", id=FIRST, kind="openai", base_url=f"{first_url}/v1", credential=credential
        )
        create("providers", id=SECOND, kind="anthropic", base_url=second_url, credential=credential)
        create("customers", id="acme")
        create("budgets", owner_type="customer", owner="acme", limit_usd="1000")
        fallbacks = [{"provider": SECOND, "model": "claude-haiku-4-5"}]
        secret: str = create("virtual-keys", customer="acme", fallbacks=fallbacks)["secret"]
    return secret


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

    def __init__(self, url: str, secret: str, first: FirstProvider) -> None:
        self.heard: list[Heard] = []
        self._url = url
        self._secret = secret
        self._first = first

    async def run(self, stopped: asyncio.Event) -> None:
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in itertools.count():
                if stopped.is_set():
                    return
                group.create_task(self._ask(streamed=number % 2 == 0))
                due = begun + (number + 1) / REQUESTS_PER_SECOND
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _ask(self, *, streamed: bool) -> None:
        phase = self._first.phase
        body = {"model": f"{FIRST}/gpt-4o", "messages": MESSAGES, "max_tokens": 50}
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


async def drill(purser: Installation, second_url: str) -> list[Heard]:
    first = FirstProvider()
    await first.start()
    secret = await asyncio.to_thread(configure, purser, first.url, second_url)
    clients, stopped = Clients(purser.facts["data_url"], secret, first), asyncio.Event()
    load = asyncio.create_task(clients.run(stopped))
    try:
        for phase in Phase:
            await first.enter(phase)
            await asyncio.sleep(2 * PHASE_SECONDS if phase is Phase.BACK else PHASE_SECONDS)
    finally:
        stopped.set()
        await load
        await first.stop()
    return clients.heard


def records(purser: Installation, wanted: int) -> dict[str, list[dict[str, Any]]]:
    """The attempts of all requests, once all are in the books."""
    deadline = time.monotonic() + 30
    while True:
        with psycopg.connect(purser.facts["database_url"]) as connection:
            rows = connection.execute("SELECT request_id, attempts FROM usage_usagerecord")
            found = dict(rows.fetchall())
        if len(found) >= wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def test_no_client_notices_an_outage(purser: Installation, second: FakeUpstream):
    heard = asyncio.run(drill(purser, second.url))
    attempts = records(purser, len(heard))
    by_phase = {phase: [each for each in heard if each.phase is phase] for phase in Phase}
    for phase, answers in by_phase.items():
        log.info("%s: %s", phase, Counter(each.provider for each in answers))

    assert [each.problem for each in heard if each.problem] == []
    assert len(heard) > REQUESTS_PER_SECOND * PHASE_SECONDS * 3
    is_named(heard, attempts)
    for phase, failures in FAILURES.items():
        codes = {
            attempt["error_code"]
            for each in by_phase[phase]
            for attempt in attempts[each.request_id]
            if attempt["error_code"]
        }
        assert codes & failures, (phase, codes)
        in_the_end = by_phase[phase][-int(REQUESTS_PER_SECOND * PHASE_SECONDS / 3) :]
        assert {len(attempts[each.request_id]) for each in in_the_end} <= {1, 2}
    returned = [each.provider for each in by_phase[Phase.BACK]]
    assert set(returned[-int(REQUESTS_PER_SECOND) :]) == {FIRST}
    verdict = manage(
        "verify", DATABASE_URL=purser.facts["database_url"], PURSER_VAR_DIR=str(purser.var)
    )
    assert (verdict.returncode, verdict.stdout) == (0, ""), verdict.stderr


def is_named(heard: list[Heard], attempts: dict[str, list[dict[str, Any]]]) -> None:
    """Each answer has one record, whose last attempt answered, and whose others failed at first."""
    assert len(attempts) == len({each.request_id for each in heard}) == len(heard)
    for each in heard:
        *failed, last = attempts[each.request_id]
        assert (last["provider"], last["error_code"]) == (each.provider, None)
        assert {attempt["provider"] for attempt in failed} <= {FIRST}
        assert all(attempt["error_code"] for attempt in failed)
