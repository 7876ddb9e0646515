"""Reading Bedrock's answers: whole ones, streams, refusals, counts and vectors."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.usage import read_usage
from dataplane.conversation.answer import (
    CitationDelta,
    Completion,
    Ended,
    Event,
    Failed,
    ReasoningDelta,
    Started,
    Stop,
    Stopped,
    ToolCallDelta,
    ToolCallStarted,
    UsageReported,
)
from dataplane.conversation.embeddings import EmbeddingsAsked
from dataplane.conversation.parts import Reasoning, Text, ToolCall
from dataplane.providers.base import AnswerUnusable, Reply, Untranslatable
from dataplane.providers.bedrock.frames import FrameSplitter
from dataplane.providers.bedrock.streams import ConverseStreamReader
from tests import event_streams, recordings
from tests.event_streams import event, exception, frame, raw_frame
from tests.unit.providers.bedrock.asking import bedrock, deployment

LIMIT = 1024 * 1024
USAGE = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, httpx.Headers(named), data)


def completion(*content: Any, stop: str = "end_turn", **fields: Any) -> Completion:
    message = {"role": "assistant", "content": list(content)}
    return bedrock().read_answer(
        reply({"output": {"message": message}, "stopReason": stop, "usage": USAGE, **fields})
    )


def events_of(*frames: bytes) -> list[Event]:
    reader = ConverseStreamReader()
    return [each for one in frames for each in reader.read(one)]


# Recordings


def is_whole(record: recordings.Recording) -> bool:
    return record["api"] == "bedrock.converse" and record["status"] == 200


def is_stream(record: recordings.Recording) -> bool:
    return record["api"] == "bedrock.converse_stream" and record["status"] == 200


def is_refusal(record: recordings.Recording) -> bool:
    return record["provider"] == "bedrock" and record["status"] >= 400


@pytest.mark.parametrize("record", recordings.parameters(is_whole))
def test_recorded_answers_are_read_in_full(record: recordings.Recording):
    body = json.loads(recordings.body_of(record))
    [choice] = (found := bedrock().read_answer(reply(body))).choices

    blocks = body["output"]["message"]["content"]
    texts = [block["text"] for block in blocks if "text" in block]
    assert [part.text for part in choice.parts if isinstance(part, Text)] == texts
    calls = [block["toolUse"] for block in blocks if "toolUse" in block]
    asked = [call for call in calls if call.get("type") != "server_tool_use"]
    read = [part for part in choice.parts if isinstance(part, ToolCall)]
    assert [(call.id, call.name, json.loads(call.arguments)) for call in read] == [
        (call["toolUseId"], call["name"], call["input"]) for call in asked
    ]
    assert found.usage == record["usage"]["raw"]
    assert found.tokens == read_usage("bedrock", record["usage"]["raw"]).tokens


@pytest.mark.parametrize("record", recordings.parameters(is_stream))
def test_recorded_streams_are_read_alike_however_they_are_cut(record: recordings.Recording):
    body = recordings.body_of(record)
    read = [events_cut(way(body)) for way in event_streams.CUTS]

    assert all(events == read[0] for events in read)
    stopped, reported, ended = read[0][-3:]
    assert isinstance(read[0][0], Started)
    assert isinstance(stopped, Stopped), "usage comes behind the end of the message"
    assert isinstance(reported, UsageReported)
    assert reported.usage == record["usage"]["raw"]
    assert isinstance(ended, Ended)


def events_cut(pieces: list[bytes]) -> list[Event]:
    splitter, reader = FrameSplitter(LIMIT), ConverseStreamReader()
    found = [e for piece in pieces for raw in splitter.feed(piece) for e in reader.read(raw)]
    return [Started("", "") if isinstance(each, Started) else each for each in found]


@pytest.mark.parametrize("record", recordings.parameters(is_refusal))
def test_recorded_refusals_say_what_and_of_what_kind(record: recordings.Recording):
    headers = httpx.Headers(record["response_headers"])
    error = bedrock().read_error(Reply(400, headers, recordings.body_of(record)))

    assert error.message == "The provided model identifier is invalid."
    assert error.type in ("ValidationException", None)
    assert (error.type is None) == ("x-amzn-errortype" not in headers)


# Whole answers (synthetic, from the API reference)


def test_thoughts_are_read_with_their_proof():
    signed = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}
    sealed = {"reasoningContent": {"redactedContent": "c2VhbGVk"}}

    assert completion(signed, sealed, {"text": "Yes."}).choices[0].parts == [
        Reasoning("Hm.", "c2ln"),
        Reasoning(redacted="c2VhbGVk"),
        Text("Yes."),
    ]


def test_what_bedrocks_own_tools_did_is_left_out():
    parts = (
        completion(
            {"toolUse": {"toolUseId": "s", "name": "x", "input": {}, "type": "server_tool_use"}},
            {"toolResult": {"toolUseId": "s", "content": [], "type": "x_result"}},
            {"somethingNew": {"text": "?"}},
            {"text": "42"},
        )
        .choices[0]
        .parts
    )

    assert parts == [Text("42")]


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", Stop.END),
        ("tool_use", Stop.TOOL_CALLS),
        ("max_tokens", Stop.LENGTH),
        ("model_context_window_exceeded", Stop.LENGTH),
        ("stop_sequence", Stop.STOP_SEQUENCE),
        ("guardrail_intervened", Stop.FILTERED),
        ("content_filtered", Stop.FILTERED),
        ("refusal", Stop.REFUSAL),
        ("malformed_tool_use", Stop.END),
        ("something_new", Stop.END),
    ],
)
def test_why_the_model_stopped(reason: str, stop: Stop):
    [choice] = completion({"text": "…"}, stop=reason).choices
    [stopped] = events_of(event("messageStop", {"stopReason": reason, "p": "abc"}))

    assert choice.stop is stopped.stop is stop
    assert choice.details == stopped.details
    assert bool(choice.details) == (
        reason not in ("end_turn", "tool_use", "max_tokens", "stop_sequence")
    )


def test_the_sequence_that_stopped_claude():
    fields = {"additionalModelResponseFields": {"stop_sequence": "END"}}
    [choice] = completion({"text": "…"}, stop="stop_sequence", **fields).choices
    [stopped] = events_of(event("messageStop", {"stopReason": "stop_sequence", **fields}))

    assert choice.stop_sequence == stopped.stop_sequence == "END"


def test_the_tier_that_served_is_a_part_of_the_usage():
    tier = {"type": "priority"}
    found = completion({"text": "…"}, serviceTier=tier)
    [reported, _] = events_of(event("metadata", {"usage": USAGE, "serviceTier": tier}))

    assert found.usage == reported.usage == {**USAGE, "serviceTier": tier}
    assert read_usage("bedrock", found.usage).service_tier == "priority"


def test_cached_tokens_are_a_part_of_the_input():
    usage = {**USAGE, "cacheReadInputTokens": 10, "cacheWriteInputTokens": 20, "totalTokens": 35}
    tokens = completion({"text": "…"}, usage=usage).tokens

    assert (tokens.input, tokens.cached_input, tokens.cache_write) == (33, 10, 20)


@pytest.mark.parametrize("usage", [None, "much", {"inputTokens": -1}, {"inputTokens": 1e999}, []])
def test_an_answer_with_nonsense_for_usage_is_an_answer(usage: Any):
    found = completion({"text": "Yes."}, usage=usage)

    assert found.choices[0].parts == [Text("Yes.")]
    assert found.tokens.input == 0


CITED = {
    "title": "A book",
    "sourceContent": [{"text": "to be "}, {"text": "or not"}],
    "location": {"documentPage": {"documentIndex": 1, "start": 2, "end": 3}},
}
PAGE = {
    "type": "page_location",
    "cited_text": "to be or not",
    "document_index": 1,
    "document_title": "A book",
    "start_page_number": 2,
    "end_page_number": 3,
}


@pytest.mark.parametrize(
    ("location", "written"),
    [
        (CITED["location"], PAGE),
        (
            {"documentChar": {"documentIndex": 0, "start": 5, "end": 9}},
            {
                "type": "char_location",
                "cited_text": "to be or not",
                "document_index": 0,
                "document_title": "A book",
                "start_char_index": 5,
                "end_char_index": 9,
            },
        ),
        (
            {"searchResultLocation": {"searchResultIndex": 0, "start": 1, "end": 2}},
            {
                "type": "search_result_location",
                "cited_text": "to be or not",
                "search_result_index": 0,
                "source": None,
                "title": "A book",
                "start_block_index": 1,
                "end_block_index": 2,
            },
        ),
        (
            {"web": {"url": "https://example.com"}},
            {
                "type": "web_search_result_location",
                "cited_text": "to be or not",
                "url": "https://example.com",
                "title": "A book",
            },
        ),
    ],
)
def test_citations_are_kept_in_anthropics_form(location: Any, written: Any):
    cited = {**CITED, "location": location}
    block = {
        "citationsContent": {
            "content": [{"text": "He "}, {"text": "dithers."}],
            "citations": [cited],
        }
    }
    delta = {"contentBlockIndex": 0, "delta": {"citation": cited}}

    assert completion(block).choices[0].parts == [Text("He dithers.", citations=[written])]
    assert events_of(event("contentBlockDelta", delta)) == [CitationDelta(written)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html>",
        b"[]",
        b'{"output": 1}',
        b'{"message": "no"}',
        b'{"output": {"message": 5}}',
    ],
)
def test_what_is_no_answer_is_unusable(body: bytes):
    with pytest.raises(AnswerUnusable):
        bedrock().read_answer(reply(body))


@given(json_values)
def test_any_content_is_an_answer_or_none(noise: Any):
    for body in (
        noise,
        {"output": {"message": {"content": [noise]}}},
        {
            "output": {
                "message": {
                    "content": [
                        {"toolUse": noise},
                        {"reasoningContent": noise},
                        {"citationsContent": noise},
                    ]
                }
            },
            "stopReason": noise,
            "usage": noise,
            "additionalModelResponseFields": noise,
        },
    ):
        try:
            assert isinstance(bedrock().read_answer(reply(body)), Completion)
        except AnswerUnusable:
            continue


# Streams (synthetic)


def test_a_call_of_a_tool_that_takes_nothing_has_empty_arguments():
    start = {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t", "name": "now"}}}

    assert events_of(
        event("contentBlockStart", start),
        event("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": ""}}}),
        event("contentBlockStop", {"contentBlockIndex": 1}),
    ) == [ToolCallStarted(0, "t", "now"), ToolCallDelta(0, "{}")]


def test_calls_are_numbered_without_the_blocks_between_them():
    def start(index: int, kind: str | None = None) -> bytes:
        tool = {"toolUseId": f"t{index}", "name": "now", **({"type": kind} if kind else {})}
        return event("contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": tool}})

    def argument(index: int) -> bytes:
        delta = {"toolUse": {"input": "{}"}}
        return event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})

    assert events_of(
        *(start(0, "server_tool_use"), argument(0), start(2), argument(2), start(5), argument(5))
    ) == [
        *(ToolCallStarted(0, "t2", "now"), ToolCallDelta(0, "{}")),
        *(ToolCallStarted(1, "t5", "now"), ToolCallDelta(1, "{}")),
    ]


def test_thoughts_come_in_pieces_and_end_with_their_proof():
    def thought(**delta: str) -> bytes:
        block = {"contentBlockIndex": 0, "delta": {"reasoningContent": delta}}
        return event("contentBlockDelta", block)

    assert events_of(
        thought(text="Hm"),
        thought(text=""),
        thought(signature="c2ln"),
        thought(redactedContent="c2Vh"),
    ) == [ReasoningDelta("Hm"), ReasoningDelta(signature="c2ln"), ReasoningDelta(redacted="c2Vh")]


def test_empty_text_is_no_content():
    assert (
        events_of(event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": ""}})) == []
    )


@pytest.mark.parametrize(
    ("raw", "failed"),
    [
        (
            exception("throttlingException", "Slow down."),
            Failed("Slow down.", "throttlingException"),
        ),
        (
            frame(
                {
                    ":message-type": "error",
                    ":error-code": "InternalError",
                    ":error-message": "Oops",
                },
                b"",
            ),
            Failed("Oops", "InternalError"),
        ),
        (frame({":message-type": "exception"}, b"\xff"), Failed("", None)),
        (event("contentBlockDelta", b"{"), Failed("The provider sent what cannot be read.")),
        (
            event("contentBlockDelta", b'{"delta": 5}'),
            Failed("The provider sent what cannot be read."),
        ),
        (raw_frame(b"\x05ab", b"{}"), Failed("The provider sent what cannot be read.")),
    ],
)
def test_errors_in_a_stream_are_told(raw: bytes, failed: Failed):
    assert events_of(raw) == [failed]


def test_events_that_nobody_has_heard_of_are_passed_over():
    assert events_of(event("somethingNew", {"p": "abc"}), frame({}, b"{}")) == []


@given(
    st.sampled_from(
        [
            "messageStart",
            "contentBlockStart",
            "contentBlockDelta",
            "contentBlockStop",
            "messageStop",
            "metadata",
        ]
    ),
    json_values,
    st.booleans(),
)
def test_any_payload_is_read_or_a_failure(kind: str, noise: Any, wrapped: bool):
    payload = (
        {"start": noise, "delta": noise, "usage": noise, "stopReason": noise} if wrapped else noise
    )

    assert isinstance(events_of(event(kind, payload)), list)


# Refusals (synthetic)


@pytest.mark.parametrize(
    ("given", "message", "kind"),
    [
        (
            reply({"message": "Slow down."}, 429, x_amzn_errortype="ThrottlingException"),
            "Slow down.",
            "ThrottlingException",
        ),
        (
            reply({"Message": "No."}, 403, x_amzn_errortype="AccessDeniedException:http://x/"),
            "No.",
            "AccessDeniedException",
        ),
        (
            reply({"__type": "com.amazon.coral#ModelTimeoutException", "message": "Late."}, 408),
            "Late.",
            "ModelTimeoutException",
        ),
        (reply(b"<html>Bad Gateway</html>", 502), "", None),
        (reply(b"", 503), "", None),
        (reply([1], 500), "", None),
        (reply({"message": 5}, 500), "", None),
    ],
)
def test_refusals_of_every_shape(given: Reply, message: str, kind: str | None):
    error = bedrock().read_error(given)

    assert (error.message, error.type) == (message, kind)


def test_a_refusal_may_say_when_to_come_back():
    assert bedrock().read_error(reply({}, 429, retry_after="7")).retry_after_seconds == 7


# Counts


@pytest.mark.parametrize(
    "body", [{}, {"inputTokens": "11"}, {"inputTokens": True}, {"inputTokens": -1}, b""]
)
def test_a_count_that_is_none_is_unusable(body: Any):
    assert bedrock().read_count(reply({"inputTokens": 11})) == 11
    with pytest.raises(AnswerUnusable):
        bedrock().read_count(reply(body))


# Embeddings


def is_embedding(record: recordings.Recording) -> bool:
    return (
        record["api"] == "bedrock.invoke" and "embed" in record["model"] and record["status"] == 200
    )


@pytest.mark.parametrize("record", recordings.parameters(is_embedding))
def test_recorded_vectors_are_read_with_the_tokens_of_the_header(record: recordings.Recording):
    body = recordings.body_of(record)
    found = bedrock().read_embeddings(Reply(200, httpx.Headers(record["response_headers"]), body))

    assert found.vectors == json.loads(body)["embeddings"]["float"]
    assert found.tokens.input == record["usage"]["input"]
    assert read_usage("bedrock", found.usage).tokens.input == record["usage"]["input"]


@pytest.mark.parametrize(
    ("body", "headers", "vectors", "tokens"),
    [
        ({"embedding": [0.5, 1], "inputTextTokenCount": 7}, {}, [[0.5, 1.0]], 7),
        ({"embedding": [0.5]}, {"x_amzn_bedrock_input_token_count": "9"}, [[0.5]], 9),
        ({"embeddings": [[0.5], [1]], "response_type": "embeddings_floats"}, {}, [[0.5], [1.0]], 0),
        ({"embedding": [0.5], "inputTextTokenCount": "x"}, {}, [[0.5]], 0),
    ],
)
def test_vectors_come_in_the_form_of_their_maker(
    body: Any, headers: Any, vectors: Any, tokens: int
):
    found = bedrock().read_embeddings(reply(body, **headers))

    assert (found.vectors, found.tokens.input) == (vectors, tokens)


@pytest.mark.parametrize(
    "body", [{}, b"", {"embedding": "x"}, {"embeddings": {"int8": [[1]]}}, [1]]
)
def test_what_has_no_vectors_is_unusable(body: Any):
    with pytest.raises(AnswerUnusable):
        bedrock().read_embeddings(reply(body))


TITAN, COHERE = "amazon.titan-embed-text-v2:0", "cohere.embed-v4:0"


@pytest.mark.parametrize(
    ("model", "asked", "written"),
    [
        (TITAN, EmbeddingsAsked(["a"]), {"inputText": "a"}),
        (TITAN, EmbeddingsAsked(["a"], 256), {"inputText": "a", "dimensions": 256}),
        (
            "amazon.titan-embed-image-v1",
            EmbeddingsAsked(["a"], 256),
            {"inputText": "a", "embeddingConfig": {"outputEmbeddingLength": 256}},
        ),
        (
            f"us.{COHERE}",
            EmbeddingsAsked(["a", "b"], 512),
            {"texts": ["a", "b"], "input_type": "search_document", "output_dimension": 512},
        ),
        (
            "cohere.embed-multilingual-v3",
            EmbeddingsAsked(["a"]),
            {"texts": ["a"], "input_type": "search_document"},
        ),
    ],
)
async def test_texts_are_sent_in_the_form_of_the_models_maker(model: str, asked: Any, written: Any):
    request = await bedrock().embed_request(asked, None, deployment(model))

    assert json.loads(request.body) == written
    assert request.url.endswith("/invoke")


@pytest.mark.parametrize(
    ("model", "asked", "field"),
    [
        (TITAN, EmbeddingsAsked(["a", "b"]), "input"),
        ("amazon.titan-embed-text-v1", EmbeddingsAsked(["a"], 256), "dimensions"),
        (COHERE, EmbeddingsAsked(["a"] * 97), "input"),
        ("cohere.embed-english-v3", EmbeddingsAsked(["a"], 256), "dimensions"),
        ("amazon.nova-micro-v1:0", EmbeddingsAsked(["a"]), "model"),
    ],
)
async def test_what_a_model_does_not_embed_is_refused(model: str, asked: Any, field: str):
    with pytest.raises(Untranslatable) as caught:
        await bedrock().embed_request(asked, None, deployment(model))
    assert caught.value.field == field
