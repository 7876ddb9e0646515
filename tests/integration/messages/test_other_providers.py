"""Anthropic's SDK at providers of other dialects: what must come back on the next turn does."""

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest

from controlplane.budgets.models import Balance
from tests import builders, catalog
from tests.fakes import google
from tests.fakes.upstream import FakeUpstream, stream, whole
from tests.plane import Plane, booked

HELLO: Any = [{"role": "user", "content": "The weather in Ulm?"}]
TOOLS: Any = [
    {"name": "weather", "input_schema": {"type": "object", "properties": {"city": {}}}},
]
SIGNATURE = "CpcBAXLI2nx/+="
CALLING = {
    "candidates": [
        {
            "content": {
                "role": "model",
                "parts": [
                    {"text": "They want the weather.", "thought": True},
                    {
                        "functionCall": {"name": "weather", "args": {"city": "Ulm"}},
                        "thoughtSignature": SIGNATURE,
                    },
                ],
            },
            "finishReason": "STOP",
        }
    ],
    "usageMetadata": {
        "promptTokenCount": 20,
        "cachedContentTokenCount": 5,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 3,
        "totalTokenCount": 30,
    },
}


@pytest.fixture
def model(plane: Plane, upstream: FakeUpstream) -> str:
    row = google.callable_model("gemini", "gemini-3-pro-preview", upstream.url)
    plane.wait_for_catalog(row.id)
    return row.id


@pytest.fixture
def client(model: str, plane: Plane) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=plane.url, api_key=catalog.key(), max_retries=0) as client:
        yield client


@pytest.mark.parametrize("streamed", [False, True])
def test_geminis_signature_of_a_call_comes_back_to_it(
    streamed: bool, client: anthropic.Anthropic, model: str, upstream: FakeUpstream
):
    asked: dict[str, Any] = {"model": model, "max_tokens": 2_000, "tools": TOOLS}
    if streamed:
        upstream.script = google.Answering(stream([b"data: %b\r\n\r\n" % _json(CALLING)]))
        with client.messages.stream(**asked, messages=HELLO) as answer:
            message = answer.get_final_message()
    else:
        upstream.script = google.Answering(whole(CALLING))
        message = client.messages.create(**asked, messages=HELLO)

    assert [block.type for block in message.content][-1] == "tool_use"
    assert message.stop_reason == "tool_use"
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (15, 5)
    assert message.usage.output_tokens == 10
    call = message.content[-1]
    assert isinstance(call, anthropic.types.ToolUseBlock)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "Rain"}
    turns = [
        *HELLO,
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": [result]},
    ]
    upstream.script = google.Answering(whole(CALLING))

    client.messages.create(**asked, messages=turns)

    said = upstream.asked[-1].json["contents"][1]["parts"]
    assert [part["thoughtSignature"] for part in said if "functionCall" in part] == [SIGNATURE]


def test_fields_that_only_claude_has_are_refused_by_their_path_and_cost_nothing(
    client: anthropic.Anthropic, model: str, upstream: FakeUpstream
):
    budget = builders.budget(limit_usd=100)
    search: Any = {"type": "web_search_20250305", "name": "web_search"}

    with pytest.raises(anthropic.BadRequestError) as raised:
        client.messages.create(model=model, max_tokens=9, messages=HELLO, tools=[*TOOLS, search])

    body: Any = raised.value.body
    assert body["error"]["code"] == "unsupported_parameter"
    assert body["error"]["param"] == "tools[1]"
    assert upstream.asked == []
    assert booked().get().cost_usd == 0
    assert not Balance.objects.filter(budget=budget, spent_usd__gt=0).exists()


def test_what_the_provider_has_no_place_for_is_named_in_a_header(
    client: anthropic.Anthropic, model: str, upstream: FakeUpstream
):
    upstream.script = google.Answering(whole(CALLING))

    raw = client.messages.with_raw_response.create(
        model=model,
        max_tokens=2_000,
        messages=HELLO,
        thinking={"type": "enabled", "budget_tokens": 1_024},
        output_config={"effort": "low"},
    )

    assert "output_config.effort" in raw.headers["x-purser-ignored"]


def test_a_message_is_what_the_wire_says_it_is(
    http: httpx.Client, model: str, upstream: FakeUpstream
):
    """Without an SDK, which forgives much."""
    upstream.script = google.Answering(stream([b"data: %b\r\n\r\n" % _json(CALLING)]))
    answer = http.post(
        "/v1/messages",
        headers={"x-api-key": catalog.key("vk-2")},
        json={"model": model, "max_tokens": 2_000, "messages": HELLO, "stream": True},
    )
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    names = [line[7:] for line in answer.text.split("\n") if line.startswith("event: ")]
    assert (names[0], names[-2:]) == ("message_start", ["message_delta", "message_stop"])


def _json(value: Any) -> bytes:
    body: bytes = whole(value).pieces[0]
    return body
