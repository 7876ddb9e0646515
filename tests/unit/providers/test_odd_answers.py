"""Answers with one value exchanged for another kind of thing: they are unusable, or used.

Whatever a provider sends, reading it must not end in a mistake of ours: a client whose fallback
works would see it. A higher `ROUNDS` searches
longer.
"""

import contextlib
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dataplane.errors import Unsupported
from dataplane.providers.base import AnswerUnusable, Reply, WireFormat
from dataplane.request import Endpoint, GatewayRequest
from dataplane.translation.registry import WireFormats
from tests import recordings
from tests.recordings import Recording, body_of
from tests.unit.providers.gemini import asking

ROUNDS = 6  # for each recording and way
ODD: list[Any] = [None, 7, -1, 1.5, 1e308, 10**30, True, "", "x", [], {}, [None], [1], {"a": 1}]
OWN_KINDS = frozenset({"anthropic", "bedrock", "gemini", "vertex"})
ASKED = b'{"model": "m", "messages": [{"role": "user", "content": "Hi"}]}'
EMBEDDED = b'{"model": "m", "input": "Hi"}'
EVENT_BYTES_MAX = 1 << 20
STREAMED = (Endpoint.CHAT_COMPLETIONS, Endpoint.RESPONSES, Endpoint.MESSAGES)


def is_whole(record: Recording) -> bool:
    return record["status"] == 200 and "json" in record["response_headers"]["content-type"]


def is_event_stream(record: Recording) -> bool:
    return record["response_headers"]["content-type"].startswith("text/event-stream")


def ways(record: Recording, endpoint: Endpoint) -> Iterator[WireFormat]:
    """How a client of the endpoint may be answered from the recording's provider."""
    formats = WireFormats(asking.fetcher(), None, output_tokens_default=4_096)  # type: ignore[arg-type]
    vendor = record["vendor"]
    kind = vendor if vendor in OWN_KINDS else "openai"
    to = asking.deployment(provider=asking.provider(kind=kind))
    with contextlib.suppress(Unsupported):
        yield formats.find(endpoint, to)
    if endpoint in STREAMED:
        yield formats.translated(endpoint, to)


def call(endpoint: Endpoint, *, streamed: bool) -> GatewayRequest:
    made = asking.call(endpoint=endpoint)
    made.body = EMBEDDED if endpoint is Endpoint.EMBEDDINGS else ASKED
    made.parse()
    made.streamed = streamed
    return made


def odd(value: Any, chance: random.Random) -> Any:
    """The same with one value, anywhere in it, exchanged."""
    if isinstance(value, dict | list) and value and chance.random() > 0.1:
        places = list(value) if isinstance(value, dict) else range(len(value))
        place = chance.choice(places)
        copy = dict(value) if isinstance(value, dict) else list(value)
        copy[place] = odd(value[place], chance)  # type: ignore[index]
        return copy
    return chance.choice(ODD)


@pytest.mark.parametrize("endpoint", Endpoint)
@pytest.mark.parametrize("record", recordings.parameters(is_whole))
def test_an_odd_answer_is_unusable_or_used(record: Recording, endpoint: Endpoint):
    chance, answer = random.Random(record["id"]), json.loads(body_of(record))
    headers = httpx.Headers(record["response_headers"])
    for way in ways(record, endpoint):
        for _ in range(ROUNDS):
            body = json.dumps(odd(answer, chance)).encode()
            try:
                way.read_answer(call(endpoint, streamed=False), Reply(200, headers, body))
            except AnswerUnusable:
                continue


@pytest.mark.parametrize("endpoint", STREAMED)
@pytest.mark.parametrize("record", recordings.parameters(is_event_stream))
def test_an_odd_event_is_failed_or_used(record: Recording, endpoint: Endpoint):
    chance = random.Random(record["id"])
    for way in ways(record, endpoint):
        events = list(way.splitter(EVENT_BYTES_MAX).feed(body_of(record)))
        for _ in range(ROUNDS):
            place = chance.randrange(len(events))
            head, found, tail = events[place].partition(b"data: ")
            data, end, rest = tail.partition(b"\n")
            if not found or data.startswith(b"[DONE]"):
                continue
            exchanged = head + found + json.dumps(odd(json.loads(data), chance)).encode()
            exchanged += end + rest
            reader = way.read_stream(call(endpoint, streamed=True))
            for event in [*events[:place], exchanged, *events[place + 1 :]]:
                reader.read(event)
            reader.ending()
