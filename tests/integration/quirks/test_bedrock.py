"""What Amazon Bedrock really sends, each trap of it on its own, for clients of three dialects.

Every answer is synthetic: written by hand after what Bedrock sends.
"""

from typing import Any

import openai
import pytest

from tests.event_streams import byte_by_byte, frame, inside_preludes
from tests.fakes import bedrock
from tests.fakes.upstream import whole
from tests.integration.quirks.saying.bedrock import (
    BEGUN,
    CLAUDE,
    CLOSED,
    HELLO_SAID,
    NOVA,
    USAGE,
    Json,
    answer,
    metadata,
    stop,
    text,
)
from tests.integration.quirks.stage import HELLO, Stage, counted_of

DIALECTS = ("chat", "messages", "responses")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("cut", [lambda body: [body], byte_by_byte, inside_preludes])
def test_streams_are_binary_frames_with_padding_and_no_start_of_text(
    stage: Stage, cut: Any, dialect: str
):
    model = stage.model("bedrock", NOVA)
    unknown = frame({":event-type": "novelty", ":message-type": "event"}, b'{"p": "ab"}')
    body = b"".join([*HELLO_SAID[:2], unknown, *HELLO_SAID[2:], metadata()])
    stage.answers("bedrock", bedrock.stream(*cut(body)))

    heard = stage.hears(dialect, model, stream=True)

    assert (heard.said.text, heard.said.stop, heard.tokens) == ("Hello", "end", (9, 4))
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_usage_comes_after_the_message_has_stopped(stage: Stage, dialect: str):
    model = stage.model("bedrock", CLAUDE)
    stage.answers("bedrock", bedrock.stream(*HELLO_SAID, metadata(), pause_seconds=0.03))

    heard = stage.hears(dialect, model, stream=True)

    assert (heard.said.text, heard.tokens) == ("Hello", (9, 4))
    stage.has_booked(9, 4)


USAGES: dict[str, tuple[Json, tuple[int, ...]]] = {
    "the total includes the cache": (
        {
            "inputTokens": 10,
            "outputTokens": 4,
            "cacheReadInputTokens": 1000,
            "cacheWriteInputTokens": 300,
            "totalTokens": 1314,
        },
        (1310, 4, 1000, 300),
    ),
    "both spellings at once": (
        {
            "inputTokens": 10,
            "outputTokens": 4,
            "cacheReadInputTokens": 1000,
            "cacheReadInputTokenCount": 1000,
            "cacheWriteInputTokens": 300,
            "cacheWriteInputTokenCount": 300,
            "totalTokens": 1314,
        },
        (1310, 4, 1000, 300),
    ),
    "the other spelling alone": (
        {
            "inputTokens": 10,
            "outputTokens": 4,
            "cacheReadInputTokenCount": 1000,
            "cacheWriteInputTokenCount": 300,
            "totalTokens": 1314,
        },
        (1310, 4, 1000, 300),
    ),
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("trap", USAGES)
def test_cached_tokens_are_beside_the_input_under_two_spellings(
    stage: Stage, trap: str, streamed: bool
):
    usage, expected = USAGES[trap]
    model = stage.model("bedrock", CLAUDE)
    events = bedrock.stream(*HELLO_SAID, metadata(usage))
    stage.answers("bedrock", events if streamed else answer({"text": "Hello"}, usage=usage))

    for dialect in DIALECTS:
        assert stage.hears(dialect, model, stream=streamed).tokens == expected[:2]
        stage.has_booked(*expected)


@pytest.mark.parametrize("streamed", [False, True])
def test_lifetimes_of_the_cache_stand_in_its_details(stage: Stage, streamed: bool):
    model = stage.model("bedrock", CLAUDE)
    details = [{"inputTokens": 200, "ttl": "1h"}, {"inputTokens": 100, "ttl": "5m"}]
    usage = {**USAGE, "cacheWriteInputTokens": 300, "cacheDetails": details, "totalTokens": 313}
    events = bedrock.stream(*HELLO_SAID, metadata(usage))
    stage.answers("bedrock", events if streamed else answer({"text": "Hello"}, usage=usage))

    stage.hears("chat", model, stream=streamed)

    row = stage.record()
    assert counted_of(row) == (309, 4, 0, 300, 0)
    assert row.token_details == {"cache_write_1h": 200}


def test_vectors_are_counted_in_a_header(stage: Stage):
    """InvokeModel, which is asked for vectors alone, says nothing of usage in its body."""
    model = stage.model("bedrock", "cohere.embed-english-v3")
    counted = {"x-amzn-bedrock-input-token-count": "8", "x-amzn-bedrock-output-token-count": "0"}
    body = {"id": "e-1", "response_type": "embeddings_floats", "embeddings": [[0.5, -1.0]]}
    stage.answers("bedrock", whole(body, **counted))

    said = stage.openai.embeddings.create(model=model, input="Hello", encoding_format="float")

    assert (said.data[0].embedding, said.usage.prompt_tokens) == ([0.5, -1.0], 8)
    stage.has_booked(8, 0)


@pytest.mark.parametrize("streamed", [False, True])
def test_the_kind_of_an_error_stands_in_a_header_alone(stage: Stage, streamed: bool):
    model = stage.model("bedrock", CLAUDE)
    kind = "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/"
    body = {"message": "The provided model identifier is invalid."}
    stage.answers("bedrock", whole(body, 400, **{"x-amzn-errortype": kind}))

    with pytest.raises(openai.BadRequestError) as refused:
        stage.openai.chat.completions.create(model=model, messages=HELLO, stream=streamed)

    error: Any = refused.value.body
    assert error["message"] == body["message"]
    assert error["upstream_type"] == "ValidationException"
    assert "internal.amazon.com" not in str(error)
    row = stage.record()
    assert (row.status, row.error_code, row.cost_usd) == (400, "upstream_refused", 0)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_guardrail_stops_with_200(stage: Stage, streamed: bool):
    model = stage.model("bedrock", CLAUDE)
    words = "Sorry, the model cannot answer this question."
    events = bedrock.stream(BEGUN, text(words), CLOSED, stop("guardrail_intervened"), metadata())
    stage.answers(
        "bedrock", events if streamed else answer({"text": words}, stop="guardrail_intervened")
    )

    for dialect in DIALECTS:
        heard = stage.hears(dialect, model, stream=streamed)
        assert (heard.said.text, heard.said.stop) == (words, "filtered")
        stage.has_booked(9, 4)
