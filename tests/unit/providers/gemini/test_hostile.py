"""Whatever Google's servers may say: it is read, or it is no answer."""

import contextlib
import json
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from dataplane.providers.base import AnswerUnusable, Reply
from dataplane.providers.gemini import answers, counting, embeddings
from dataplane.providers.gemini.errors import read_error
from dataplane.providers.gemini.streams import GeminiEventReader
from dataplane.providers.vertex import embeddings as vertex_embeddings

NAMES = (
    *("candidates", "content", "parts", "text", "thought", "thoughtSignature", "functionCall"),
    *("name", "args", "id", "finishReason", "finishMessage", "index", "promptFeedback", "error"),
    *("blockReason", "usageMetadata", "promptTokenCount", "responseId", "modelVersion", "details"),
    *("embeddings", "embedding", "values", "predictions", "statistics", "token_count", "status"),
    *("totalTokens", "@type", "retryDelay", "message"),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)
READERS = (
    lambda reply: answers.read_completion(reply, "gemini"),
    counting.read_count,
    embeddings.read_embeddings,
    vertex_embeddings.read_embeddings,
)


@settings(max_examples=60)
@given(body=JSON)
def test_any_json_is_an_answer_or_none(body: Any):
    reply = Reply(200, httpx.Headers(), json.dumps(body).encode())
    for read in READERS:
        with contextlib.suppress(AnswerUnusable):
            read(reply)
    read_error(reply)


@settings(max_examples=60)
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_event_is_read(body: bytes):
    reader = GeminiEventReader("gemini")
    for raw in (body, b"data: " + body + b"\r\n\r\n"):
        assert isinstance(reader.read(raw), list)
