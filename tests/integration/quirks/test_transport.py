"""Connections that fail: reset, stalled, cut short, or full of garbage; before the first word,
where a fallback answers and nobody sees it, and behind it, where the client is told.

Every stream is synthetic, in the dialect of its provider up to where it fails.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.upstream import Scripted, stream, whole
from tests.integration.quirks.failing_streams import DOCUMENTED, Failing
from tests.integration.quirks.rude_server import RudeServer
from tests.integration.quirks.saying.openai_chat import ALONE, DONE, HELLO_SAID, message
from tests.integration.quirks.saying.openai_responses import BEGUN, COMPLETED, HELLO
from tests.integration.quirks.stage import ERRORS, Stage, datas, named, staged
from tests.integration.replay.heard import in_chat, in_responses

PATIENCE = {"upstream_chunk_timeout_seconds": 1.0, "upstream_first_byte_timeout_seconds": 2.0}
PROVIDERS = {
    "OpenAI": (DOCUMENTED["OpenAI, chat"], "chat"),
    "OpenAI, Responses": (DOCUMENTED["OpenAI, Responses, error"], "responses"),
    "Anthropic": (DOCUMENTED["Anthropic"], "messages"),
    "Claude at Vertex AI": (DOCUMENTED["Claude at Vertex AI"], "messages"),
    "Gemini": (DOCUMENTED["Gemini"], "chat"),
    "Bedrock": (DOCUMENTED["Bedrock, throttlingException"], "chat"),
}
"""What each says until it fails, and in what a client asks it."""
HELLO_STREAM = stream(datas([*HELLO_SAID, ALONE, DONE]))
SPARE = {
    "chat": (HELLO_STREAM, in_chat),
    "messages": (HELLO_STREAM, in_chat),
    "responses": (stream(named([*BEGUN, *HELLO, COMPLETED])), in_responses),
}
"""What answers in the place of a provider, and how it is asked."""
GARBAGE = b"\x00\xff\xfe<html>\xf0\x9f garbage {]"


@pytest.fixture(scope="module")
def stage(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """With the patience of a second."""
    journal = tmp_path_factory.mktemp("journal")
    with staged(database_url, journal_dir=journal, **PATIENCE) as stage:
        yield stage


def half(provider: Failing) -> bytes:
    """The first half of an event."""
    whole = provider.word[0]
    return whole[: len(whole) // 2]


def garbage(provider: Failing) -> bytes:
    return GARBAGE * 2 if provider.kind == "bedrock" else b"data: " + GARBAGE + b"\n\n"


def damaged(provider: Failing) -> bytes:
    """A frame with a bit turned over; elsewhere JSON that ends too soon."""
    whole = provider.word[0]
    if provider.kind == "bedrock":
        return whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:]
    return whole.replace(b"}", b"", 1)


Fault = tuple[Callable[[Failing], bytes], dict[str, Any], str]
FAULTS: dict[str, Fault] = {
    "reset": (lambda provider: b"", {"breaks_off": True}, "upstream_failed"),
    "reset inside an event": (half, {"breaks_off": True}, "upstream_failed"),
    "stalled": (lambda provider: b"", {"stall_seconds": 5}, "upstream_timeout"),
    "cut short": (lambda provider: b"", {}, "upstream_failed"),
    "cut short inside an event": (half, {}, "upstream_failed"),
    "garbage": (garbage, {}, "upstream_failed"),
    "damaged": (damaged, {}, "upstream_failed"),
}


def failing(provider: str, fault: str) -> tuple[Failing, str, dict[str, Any], str]:
    begun, dialect = PROVIDERS[provider]
    failure, options, code = FAULTS[fault]
    return begun._replace(failure=[failure(begun)]), dialect, options, code


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_stream_that_fails_behind_its_first_word_is_an_error_and_booked(
    stage: Stage, provider: str, fault: str
):
    begun, dialect, options, code = failing(provider, fault)
    model = stage.model(begun.kind, begun.model)
    stage.answers(begun.kind, begun.stream(has_begun=True, **options))
    heard: list[str] = []

    with pytest.raises(ERRORS):
        stage.listen(dialect, model, heard)

    assert "".join(heard) == "Hel"
    row = stage.record()
    assert (row.status, row.error_code, row.usage_source) == (200, code, "estimated")
    assert row.output_tokens > 0
    assert row.cost_usd > 0
    assert len(row.attempts) == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_stream_that_fails_before_its_first_word_is_not_seen_while_a_fallback_answers(
    stage: Stage, provider: str, fault: str
):
    begun, dialect, options, _ = failing(provider, fault)
    model = stage.model(begun.kind, begun.model)
    stage.answers(begun.kind, begun.stream(has_begun=False, **options))
    spare, ask = SPARE[dialect]
    client = stage.client_with_fallback(spare)

    heard = ask(client, model, stream=True)

    assert heard.said.text == "Hello"
    row = stage.record()
    assert (row.status, row.error_code, row.model) == (200, None, "spare")
    assert [bool(each["error_code"]) for each in row.attempts] == [True, False]


@pytest.mark.parametrize("body", [GARBAGE, b'{"choices": [{"mess', b"", b"null", b"[]", b'"Hello"'])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_body_that_is_no_answer_is_none(stage: Stage, provider: str, body: bytes):
    known, dialect = PROVIDERS[provider]
    model = stage.model(known.kind, known.model)
    stage.answers(known.kind, Scripted(pieces=[body]))

    with pytest.raises(ERRORS) as raised:
        stage.hears(dialect, model, stream=False)

    assert raised.value.status_code == 502  # type: ignore[union-attr]
    row = stage.record()
    assert (row.status, row.error_code, row.cost_usd) == (502, "upstream_failed", 0)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
RUDE = {
    "reset before a byte": (b"", True),
    "closed before a byte": (b"", False),
    "reset inside the head": (HEAD[:30], True),
    "reset behind the head": (HEAD + b"content-length: 100\r\n\r\n", True),
    "closed inside the body": (HEAD + b'content-length: 100\r\n\r\n{"choices": [', False),
    "closed inside a chunk": (HEAD + b'transfer-encoding: chunked\r\n\r\n64\r\n{"ch', False),
    "closed between chunks": (HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\n{ }\r\n", False),
    "no HTTP": (b"\x16\x03\x01\x02\x00 this is TLS or something", False),
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("way", RUDE)
def test_a_connection_that_ends_too_soon_is_not_seen_while_a_fallback_answers(
    stage: Stage, way: str, streamed: bool
):
    says, resets = RUDE[way]
    server = RudeServer(says, resets=resets)
    model = stage.model("openai_compatible", "m", base_url=server.url)
    spare = HELLO_STREAM if streamed else whole(message(content="Hello"))
    client = stage.client_with_fallback(spare)
    try:
        heard = in_chat(client, model, stream=streamed)
    finally:
        server.stop()

    assert heard.said.text == "Hello"
    row = stage.record()
    assert (row.status, row.error_code, row.model) == (200, None, "spare")
    assert [bool(each["error_code"]) for each in row.attempts] == [True, False]
    assert (row.input_tokens, row.output_tokens) == (9, 4)
