"""Whatever JSON the simulator is sent, it answers in the dialect's words and never breaks."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controlplane.simulator.app import app

PATHS = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/responses",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/model/echo/converse",
    "/model/echo/converse-stream",
    "/model/echo/count-tokens",
    "/model/embed/invoke",
    "/v1beta/models/echo:generateContent",
    "/v1beta/models/echo:streamGenerateContent?alt=sse",
    "/v1beta/models/echo:countTokens",
    "/v1beta/models/embed:batchEmbedContents",
    "/v1/publishers/google/models/embed:predict",
    "/v1/publishers/anthropic/models/echo:rawPredict",
    "/simulator/faults",
)
NAMES = (
    *("model", "messages", "role", "content", "text", "type", "tools", "function", "name"),
    *("tool_choice", "input", "instructions", "reasoning", "effort", "max_tokens", "thinking"),
    *("budget_tokens", "system", "toolSpec", "inputSchema", "json", "toolConfig", "contents"),
    *("parts", "generationConfig", "maxOutputTokens", "functionDeclarations", "requests"),
    *("instances", "prompt", "stop", "n", "toolResult", "reasoningContent", "reasoningText"),
    *("response_format", "json_schema", "schema", "enum", "required", "properties", "fault"),
)
WORDS = ("echo", "embed", "user", "assistant", "text", "thinking", "json_schema", "tool", "auto")
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(WORDS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(fields=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
async def test_no_body_breaks_it(path: str, fields: dict[str, Any]) -> None:
    body = {"model": "embed" if "embed" in path else "echo", "max_tokens": 5, **fields}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        answer = await client.post(path, json=body)
        await client.delete("/simulator/faults")

    assert answer.status_code < 500
    assert answer.content
