"""Every recorded chat exchange, read as a provider's and written as a client's, however it is cut:
OpenAI's SDK finds in it what it finds in the original."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from openai import APIError, OpenAI

from billing.tokens import NO_TOKENS, Tokens
from billing.usage import read_usage
from dataplane.conversation.answer import Failed
from dataplane.dialects.chat_completions import ChatCompletions
from dataplane.envelopes import error_event
from dataplane.errors import UpstreamFailed
from dataplane.providers.base import Reply
from dataplane.providers.openai import OpenAI as OpenAIWire
from dataplane.providers.openai_conversing import OpenAIConversing
from dataplane.request import Endpoint, GatewayRequest
from tests import recordings
from tests.estimates import call

EVENT_BYTES_MAX = 8 * 1024 * 1024
ERROR_MARK = "midstream_error"

provider = OpenAIConversing(OpenAIWire())
dialect = ChatCompletions()


def by_byte(body: bytes) -> list[bytes]:
    return [body[place : place + 1] for place in range(len(body))]


CUTS = [*recordings.CUTS, by_byte]


def of_chat(*, streaming: bool) -> Callable[[recordings.Recording], bool]:
    def wanted(record: recordings.Recording) -> bool:
        is_chat = record["api"] == "openai.chat" and record["status"] == 200
        return is_chat and bool(record["streaming"]) is streaming

    return wanted


def is_refusal(record: recordings.Recording) -> bool:
    return record["api"] == "openai.chat" and record["status"] >= 400


@dataclass
class Found:
    """What an SDK's user sees of one choice."""

    text: str = ""
    refusal: str = ""
    reason: str = ""
    names: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)

    def settled(self) -> "Found":
        """As it is to be understood: servers differ in their words for a regular end."""
        if self.reason in ("", "eos", "stop"):
            self.reason = "tool_calls" if self.names else "stop"
        self.arguments = [arguments or "{}" for arguments in self.arguments]
        return self


@pytest.mark.parametrize("record", recordings.parameters(of_chat(streaming=False)))
def test_a_whole_answer_stays_the_same(record: recordings.Recording):
    body = recordings.body_of(record)

    completion = provider.read_answer(Reply(200, httpx.Headers(), body))
    written = dialect.write(request_of(record), completion)

    answer = sdk(written).chat.completions.create(**asked(record))
    assert choices_of(answer) == choices_of(sdk(body).chat.completions.create(**asked(record)))
    assert_usage(answer.usage, record)
    assert completion.usage is None or read_usage("openai", completion.usage).tokens == tokens_of(
        record
    )


@pytest.mark.parametrize("record", recordings.parameters(of_chat(streaming=True)))
def test_a_stream_stays_the_same_however_it_is_cut(record: recordings.Recording):
    body = recordings.body_of(record)
    expected = collected(body, record)

    for cut in CUTS:
        written = b"".join(translated(cut(body), request_of(record)))

        found = collected(written, record)
        assert found.choices == expected.choices
        assert found.has_failed is (ERROR_MARK in record["kinds"])
        if not found.has_failed:
            assert_usage(found.usage, record)


@pytest.mark.parametrize("record", recordings.parameters(is_refusal))
def test_a_refusal_says_what_the_provider_said(record: recordings.Recording):
    body = recordings.body_of(record)
    error = json.loads(body)["error"]

    refusal = provider.read_error(Reply(record["status"], httpx.Headers(), body))

    assert refusal.message.startswith(error["message"])


def request_of(record: recordings.Recording) -> GatewayRequest:
    """As a client asks that wants to know the usage of its streams."""
    body = {**record["request_json"], "stream_options": {"include_usage": True}}
    return call(body)


def asked(record: recordings.Recording) -> dict[str, Any]:
    """The SDK is only to read, so what it is told to ask for does not matter."""
    return {"model": record["model"], "messages": []}


def translated(pieces: Iterable[bytes], request: GatewayRequest) -> Iterator[bytes]:
    """A stream as a client gets it; one that failed ends with an error event."""
    splitter = provider.splitter(EVENT_BYTES_MAX)
    reader, writer = provider.read_stream(), dialect.stream(request)
    raws = [raw for piece in pieces for raw in splitter.feed(piece)]
    for event in (event for raw in [*raws, splitter.rest()] for event in reader.read(raw)):
        if isinstance(event, Failed):
            yield error_event(Endpoint.CHAT_COMPLETIONS, UpstreamFailed().describe(request.id))
            return
        yield writer.write(event)
    yield writer.ending()


def sdk(body: bytes, content_type: str = "application/json") -> OpenAI:
    """OpenAI's client of a server that answers with these bytes."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": content_type}, content=body)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return OpenAI(api_key="none", base_url="http://far.example", http_client=client, max_retries=0)


def choices_of(answer: Any) -> list[Found]:
    return [
        Found(
            text=text_in(choice.message.content),
            refusal=choice.message.refusal or "",
            reason=choice.finish_reason or "",
            names=[call.function.name for call in choice.message.tool_calls or ()],
            arguments=[call.function.arguments for call in choice.message.tool_calls or ()],
        ).settled()
        for choice in answer.choices
    ]


def text_in(content: Any) -> str:
    """Mistral answers in lists of parts."""
    parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    return "".join(part["text"] for part in parts if part.get("type") == "text")


@dataclass
class Collected:
    """What an SDK's user has when a stream is over."""

    choices: dict[int, Found] = field(default_factory=lambda: defaultdict(Found))
    usage: Any = None
    has_failed: bool = False


def collected(body: bytes, record: recordings.Recording) -> Collected:
    found = Collected()
    client = sdk(body, "text/event-stream")
    try:
        for chunk in client.chat.completions.create(**asked(record), stream=True):
            found.usage = chunk.usage or found.usage
            for choice in chunk.choices:
                collect(choice, found.choices[choice.index])
    except APIError:
        found.has_failed = True
    if not found.has_failed:
        found.choices = {index: each.settled() for index, each in found.choices.items()}
    return found


def collect(choice: Any, found: Found) -> None:
    found.text += text_in(choice.delta.content)
    found.refusal += choice.delta.refusal or ""
    found.reason = choice.finish_reason or found.reason
    for piece in choice.delta.tool_calls or ():
        if piece.index == len(found.names):
            found.names.append("")
            found.arguments.append("")
        found.names[piece.index] += piece.function.name or ""
        found.arguments[piece.index] += piece.function.arguments or ""


def tokens_of(record: recordings.Recording) -> Tokens:
    usage = record["usage"]
    return read_usage("openai", usage["raw"]).tokens if usage else NO_TOKENS


def assert_usage(usage: Any, record: recordings.Recording) -> None:
    """The tokens that are billed, whatever the provider called them."""
    if record["usage"] is None:
        assert usage is None
        return
    tokens = tokens_of(record)
    assert (usage.prompt_tokens, usage.completion_tokens) == (tokens.input, tokens.output)
    assert usage.total_tokens == tokens.input + tokens.output
    assert usage.prompt_tokens_details.cached_tokens == tokens.cached_input
    assert usage.prompt_tokens_details.cache_write_tokens == tokens.cache_write
    assert usage.completion_tokens_details.reasoning_tokens == tokens.reasoning
