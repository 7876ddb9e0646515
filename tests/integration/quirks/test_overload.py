"""Providers that have had enough: 429, 5xx and 529, and when they say to come back.

Every refusal is synthetic: written by hand from the providers' documentation.
"""

import json
from typing import Any

import pytest

from tests.fakes import bedrock
from tests.fakes.upstream import Asked, Scripted, stream, whole
from tests.integration.quirks.refusals import (
    JSON,
    OPENROUTERS,
    Refusal,
    googles,
    has_booked_nothing,
    refused,
)
from tests.integration.quirks.saying import claude
from tests.integration.quirks.saying.bedrock import HELLO_SAID as BEDROCKS_HELLO
from tests.integration.quirks.saying.bedrock import answer as bedrocks_answer
from tests.integration.quirks.saying.bedrock import metadata
from tests.integration.quirks.saying.openai_chat import ALONE, DONE, HELLO_SAID, message
from tests.integration.quirks.stage import Stage, datas
from tests.integration.replay.heard import in_chat

BOTH = ("chat", "messages")
RETRY_IN = "You exceeded your current quota.\nPlease retry in 48.9s."
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48s"}
LIMITS = {
    "Gemini, in the text alone": (
        Refusal("gemini", googles(429, RETRY_IN, "RESOURCE_EXHAUSTED"), "quota", 429),
        "49",
    ),
    "Gemini, in the details": (
        Refusal("gemini", googles(429, "Quota.", "RESOURCE_EXHAUSTED", RETRY_INFO), "Quota.", 429),
        "48",
    ),
    "Gemini's endpoint for OpenAI's dialect": (
        Refusal(
            "openai_compatible",
            [googles(429, RETRY_IN, "RESOURCE_EXHAUSTED")],
            "quota",
            429,
            vendor="google",
        ),
        "49",
    ),
    "OpenRouter, not at all": (
        Refusal(
            "openai_compatible",
            {
                "error": {**OPENROUTERS, "code": 429},
                "user_id": "user_1",
            },
            status=429,
            vendor="openrouter",
        ),
        None,
    ),
    "Azure, whose milliseconds are zero": (
        Refusal(
            "azure_openai",
            {"error": {"code": "429", "message": "Slow down."}},
            "Slow down.",
            429,
            headers={**JSON, "retry-after": "1", "retry-after-ms": "0"},
        ),
        "1",
    ),
}


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("server", LIMITS)
def test_when_to_come_back_after_429_is_told_wherever_the_provider_says_it(
    stage: Stage, server: str, dialect: str
):
    refusal, seconds = LIMITS[server]
    model = refusal.asked_for(stage)

    error = refused(stage, dialect, model)

    assert error.status_code == 429
    assert refusal.words in json.dumps(error.body)
    assert error.response.headers.get("retry-after") == seconds
    has_booked_nothing(stage, 429, "upstream_rate_limited")


def openais(status: int, message: str, kind: str) -> Refusal:
    body = {"error": {"message": message, "type": kind, "param": None, "code": None}}
    return Refusal("openai", body, message, status)


def anthropics(status: int, message: str, kind: str) -> Refusal:
    error = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_far"}
    return Refusal("anthropic", error, message, status)


def bedrocks(status: int, message: str, kind: str) -> Refusal:
    headers = {**JSON, "x-amzn-errortype": f"{kind}:http://internal.amazon.com/"}
    return Refusal("bedrock", {"message": message}, message, status, headers=headers)


OUTAGES = {
    "OpenAI, 429": openais(429, "Rate limit reached.", "requests"),
    "OpenAI, 500": openais(500, "The server had an error.", "server_error"),
    "OpenAI, 502": Refusal("openai", "<html>Bad gateway</html>", "", 502),
    "OpenAI, 503": openais(503, "The engine is overloaded.", "server_error"),
    "Anthropic, 429": anthropics(429, "This request would exceed it.", "rate_limit_error"),
    "Anthropic, 500": anthropics(500, "Internal server error", "api_error"),
    "Anthropic, 529": anthropics(529, "Overloaded", "overloaded_error"),
    "Bedrock, 429": bedrocks(429, "Too many tokens, please wait.", "ThrottlingException"),
    "Bedrock, 500": bedrocks(500, "The system encountered it.", "InternalServerException"),
    "Bedrock, 503": bedrocks(503, "Bedrock is unable to do it.", "ServiceUnavailableException"),
}
ANSWERS = {
    "openai": (whole(message(content="Hello")), stream(datas([*HELLO_SAID, ALONE, DONE]))),
    "anthropic": (
        whole({**claude.begun()["message"], **claude.BLOCKS}),
        stream(
            claude.padded(
                [
                    claude.begun(),
                    *claude.block(0, claude.text("Hello")),
                    *claude.ended("end_turn"),
                ]
            )
        ),
    ),
    "bedrock": (bedrocks_answer({"text": "Hello"}), bedrock.stream(*BEDROCKS_HELLO, metadata())),
}
NEXT = stream(datas([*HELLO_SAID, ALONE, DONE]))


def after(first: Scripted, then: Scripted, seconds: str) -> Any:
    """A script: once the one, with the time to come back, and from then on the other."""
    late = Scripted(first.status, {**first.headers, "retry-after": seconds}, first.pieces)
    left = [late]

    def script(asked: Asked) -> Scripted:
        return left.pop() if left else then

    return script


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("outage", OUTAGES)
def test_a_provider_that_wants_to_be_asked_again_at_once_is_and_nobody_sees_it(
    stage: Stage, outage: str, dialect: str, streamed: bool
):
    refusal = OUTAGES[outage]
    model = refusal.asked_for(stage)
    stage.upstream.script = after(refusal.answer, ANSWERS[refusal.kind][streamed], "0")

    heard = stage.hears(dialect, model, stream=streamed)

    assert heard.said.text == "Hello"
    row = stage.record()
    assert (row.status, row.error_code) == (200, None)
    assert (row.input_tokens, row.output_tokens) == (9, 4)
    assert [each["status"] for each in row.attempts] == [refusal.status, 200]


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_provider_that_wants_to_be_left_alone_is_not_waited_for_while_a_fallback_answers(
    stage: Stage, outage: str
):
    refusal = OUTAGES[outage]
    model = refusal.asked_for(stage)
    stage.upstream.script = after(refusal.answer, refusal.answer, "30")
    client = stage.client_with_fallback(NEXT)

    assert in_chat(client, model, stream=True).said.text == "Hello"
    row = stage.record()
    assert (row.status, row.error_code, row.model) == (200, None, "spare")
    assert [each["status"] for each in row.attempts] == [refusal.status, 200]
    assert (row.input_tokens, row.output_tokens) == (9, 4)


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("outage", OUTAGES)
def test_where_nobody_else_can_answer_the_client_is_told_and_not_kept_waiting(
    stage: Stage, outage: str, dialect: str
):
    refusal = OUTAGES[outage]
    model = refusal.asked_for(stage)
    stage.upstream.script = after(refusal.answer, refusal.answer, "30")

    error = refused(stage, dialect, model)

    assert len(stage.upstream.asked) == 1
    if refusal.status == 429:
        assert (error.status_code, error.response.headers["retry-after"]) == (429, "30")
        assert refusal.words in json.dumps(error.body)
        has_booked_nothing(stage, 429, "upstream_rate_limited")
    else:
        assert error.status_code == 502
        assert error.response.json()["error"]["code"] == "upstream_failed"
        assert not refusal.words or refusal.words not in error.response.text
        has_booked_nothing(stage, 502, "upstream_failed")
