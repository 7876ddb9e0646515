"""A far end that shows one trap at a time, and a data plane in front of it with its clients."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

import anthropic
import httpx
import openai

from controlplane.usage.services import verify_books
from tests import builders, catalog, postgres
from tests.fakes import bedrock, google
from tests.fakes.upstream import FakeUpstream, Scripted
from tests.integration.replay.heard import Heard, in_chat, in_messages, in_responses
from tests.plane import Plane, booked

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
OUTPUT_TOKENS_MAX = 2_000
TOKEN = Decimal("0.000001")
"""Prices are per million of them."""
Rates = Mapping[str, Decimal]
NO_RATES: Rates = {}
ERRORS = (openai.APIError, anthropic.APIError)

_numbers = count(1)


class Counted(NamedTuple):
    """The tokens of one usage record."""

    input: int
    output: int
    cached: int = 0
    written: int = 0
    reasoning: int = 0


class Stage:
    """Everything between the SDKs and the far end. Each model has a provider of its own, so that
    what one did wrong is not held against the next."""

    def __init__(self, **settings: Any) -> None:
        self.upstream = FakeUpstream()
        self.plane = Plane(**{"flush_interval_seconds": 0.02, **settings})
        self.secret = catalog.key()
        self.openai = openai.OpenAI(
            base_url=f"{self.plane.url}/v1", api_key=self.secret, max_retries=0
        )
        self.claude = anthropic.Anthropic(
            base_url=self.plane.url, api_key=self.secret, max_retries=0
        )
        self._seen: set[str] = set()

    def model(self, kind: str, name: str, rates: Rates = NO_RATES, **row: Any) -> str:
        """A priced model at a new provider whose address is the far end's; its id."""
        self._seen.update(booked().values_list("request_id", flat=True))
        id = f"far-{next(_numbers)}"
        if kind == "bedrock":
            model = bedrock.callable_model(name, self.upstream.url, id)
        elif kind in ("gemini", "vertex"):
            model = google.callable_model(kind, name, self.upstream.url, id)
        else:
            address = {"base_url": f"{self.upstream.url}/v1"}
            far = catalog.provider(id, kind=kind, **{**address, **row})
            model = catalog.priced_model(name, of=far, **rates)
        self.plane.wait_for_catalog(model.id)
        return str(model.id)

    def client_with_fallback(self, spare: Scripted) -> openai.OpenAI:
        """Of a key whose requests go on to another model, which answers like this."""
        id = f"near-{next(_numbers)}"
        near = catalog.provider(id, base_url=f"{self.upstream.url}/{id}/v1")
        self.plane.wait_for_catalog(catalog.priced_model("spare", of=near).id)
        secret = catalog.key(f"vk-{id}", fallbacks=[{"provider": id, "model": "spare"}])
        failing = self.upstream.script
        self.upstream.script = lambda asked: (
            spare if asked.path.startswith(f"/{id}/") else failing(asked)
        )
        return self.openai.with_options(api_key=secret)

    def answers(self, kind: str, answer: Scripted) -> None:
        """At Vertex AI, who asks for a token gets one."""
        self.upstream.asked.clear()
        if kind == "vertex":
            self.upstream.script = google.Answering(answer)
        else:
            self.upstream.answers(answer)

    def hears(self, dialect: str, model: str, *, stream: bool) -> Heard:
        """What a client's official SDK makes of it."""
        if dialect == "messages":
            return in_messages(self.claude, model, stream=stream)
        ask = in_chat if dialect == "chat" else in_responses
        return ask(self.openai, model, stream=stream)

    def hears_hello(self, dialect: str, model: str, *, stream: bool = True) -> None:
        said = self.hears(dialect, model, stream=stream).said
        assert (said.text, said.calls, said.stop) == ("Hello", [], "end")

    def listen(self, dialect: str, model: str, heard: list[str]) -> None:
        """Collects the words of a stream as they come, until the SDK raises."""
        if dialect == "chat":
            asked: Any = {"model": model, "messages": HELLO, "stream": True}
            for chunk in self.openai.chat.completions.create(**asked):
                heard += [choice.delta.content or "" for choice in chunk.choices]
        elif dialect == "responses":
            for event in self.openai.responses.create(model=model, input="Hi", stream=True):
                if event.type == "response.output_text.delta":
                    heard.append(event.delta)
                elif event.type in ("error", "response.failed"):  # which the SDK hands on
                    raise openai.APIError(event.type, httpx.Request("POST", "/"), body=event)
        else:
            with self.claude.messages.stream(
                model=model, messages=HELLO, max_tokens=OUTPUT_TOKENS_MAX
            ) as events:
                heard += events.text_stream

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """What stands on the wire."""
        headers = {"authorization": f"Bearer {self.secret}"}
        return httpx.post(f"{self.plane.url}{path}", headers=headers, json=body, timeout=30)

    @property
    def asked(self) -> Any:
        """The body of the last request upstream."""
        return self.upstream.asked[-1].json

    def record(self) -> Any:
        """The usage record of the call that has just been made: there is exactly one."""
        record = booked().exclude(request_id__in=self._seen).get()
        self._seen.add(record.request_id)
        return record

    def has_booked(self, *expected: int) -> None:
        """The call was answered, and these tokens were counted by the provider and billed."""
        row, counted = self.record(), Counted(*expected)
        assert (row.status, row.error_code, row.usage_source) == (200, None, "provider")
        assert counted_of(row) == counted
        prices = (catalog.INPUT_USD_PER_MTOK, catalog.OUTPUT_USD_PER_MTOK)
        assert row.cost_usd == (counted.input * prices[0] + counted.output * prices[1]) * TOKEN

    def close(self) -> None:
        self.openai.close()
        self.claude.close()
        self.plane.stop()
        self.upstream.stop()


def counted_of(row: Any) -> Counted:
    return Counted(
        row.input_tokens,
        row.output_tokens,
        row.cached_input_tokens,
        row.cache_write_tokens,
        row.reasoning_tokens,
    )


@contextmanager
def staged(database_url: str, **settings: Any) -> Iterator[Stage]:
    """All calls are on a hard budget, and the books add up in the end."""
    postgres.empty(database_url)
    builders.budget()
    stage = Stage(**settings)
    try:
        yield stage
        booked()
        assert verify_books() == []
    finally:
        stage.close()


def datas(events: Iterable[Any], *, line_end: str = "\n") -> list[bytes]:
    """Server-sent events without names, of JSON or of text as it stands."""
    said = [each if isinstance(each, str) else compact(each) for each in events]
    return [f"data: {each}{line_end * 2}".encode() for each in said]


def named(events: Iterable[dict[str, Any]]) -> list[bytes]:
    """Server-sent events that are named after their type, as Anthropic and OpenAI send them."""
    return [f"event: {each['type']}\ndata: {compact(each)}\n\n".encode() for each in events]


def compact(value: Any) -> str:
    """JSON in UTF-8, as servers write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
