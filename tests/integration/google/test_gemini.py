"""Gemini behind the gateway, for the official SDKs of others: rounds of tools, thoughts, failures.

What the far end says is written by hand from Google's documentation (synthetic).
"""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests import catalog
from tests.fakes import google
from tests.fakes.upstream import FakeUpstream, stream, whole
from tests.plane import Plane, booked

MODEL = "far/gemini-3-flash-preview"
USAGE = {"promptTokenCount": 20, "candidatesTokenCount": 5, "thoughtsTokenCount": 7}
SIGNATURE = "c2lnbmF0dXJl"
TOOLS = [{"name": "get_weather", "description": "The weather.", "schema": {"type": "object"}}]
QUESTION = "Weather in Paris?"
CALL = {"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}}


def answer(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Signed calls, and thoughts before them, as Gemini 3 gives them."""
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": "STOP"}
    said = {"modelVersion": "gemini-3-flash-preview", "responseId": "resp-1"}
    return {"candidates": [{**candidate, **fields}], "usageMetadata": USAGE, **said}


THOUGHT = {"text": "Look outside.", "thought": True}
CALLING = answer(THOUGHT, {**CALL, "thoughtSignature": SIGNATURE})
SAYING = answer(THOUGHT, {"text": "It is sunny.", "thoughtSignature": SIGNATURE})


def chunk(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\r\n\r\n"


@pytest.fixture
def secret(upstream: FakeUpstream, plane: Plane) -> str:
    model = google.callable_model("gemini", MODEL.removeprefix("far/"), upstream.url)
    secret = catalog.key()
    plane.wait_for_catalog(model.id)
    return secret


@pytest.fixture
def client(plane: Plane, secret: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
        yield client


@pytest.fixture
def claude(plane: Plane, secret: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=plane.url, api_key=secret, max_retries=0) as client:
        yield client


def asked_last(upstream: FakeUpstream) -> dict[str, Any]:
    return upstream.asked[-1].json


def came_back(upstream: FakeUpstream) -> None:
    """The second round: the call with its proof, and the result with the call's id and name."""
    turns = asked_last(upstream)["contents"]
    call = next(part for part in turns[1]["parts"] if "functionCall" in part)
    result = turns[2]["parts"][0]["functionResponse"]
    assert call["thoughtSignature"] == SIGNATURE
    assert call["functionCall"] == {
        "id": result["id"],
        "name": "get_weather",
        "args": {"city": "Paris"},
    }
    assert (result["name"], result["response"]) == ("get_weather", {"output": "18 °C"})


@pytest.mark.parametrize("streamed", [False, True])
def test_a_round_of_tools_in_chat_completions(
    streamed: bool, client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(stream([chunk(CALLING)]) if streamed else whole(CALLING))
    tools = [
        {"type": "function", "function": {"name": each["name"], "parameters": each["schema"]}}
        for each in TOOLS
    ]
    asked: dict[str, Any] = {"model": MODEL, "tools": tools, "reasoning_effort": "low"}
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    if streamed:
        with client.chat.completions.stream(messages=messages, **asked) as events:
            message = events.get_final_completion().choices[0].message
    else:
        message = client.chat.completions.create(messages=messages, **asked).choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "18 °C"}
    history = [*messages, message.model_dump(exclude_none=True), result]
    upstream.answers(whole(SAYING))

    said = client.chat.completions.create(messages=history, **asked).choices[0]

    came_back(upstream)
    assert said.message.content == "It is sunny."
    assert said.message.reasoning_content == "Look outside."
    thinking = asked_last(upstream)["generationConfig"]["thinkingConfig"]
    assert thinking == {"includeThoughts": True, "thinkingLevel": "low"}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_round_of_tools_in_messages(
    streamed: bool, claude: anthropic.Anthropic, upstream: FakeUpstream
):
    upstream.answers(stream([chunk(CALLING)]) if streamed else whole(CALLING))
    tools = [{"name": each["name"], "input_schema": each["schema"]} for each in TOOLS]
    asked: dict[str, Any] = {
        "model": MODEL,
        "max_tokens": 4_000,
        "tools": tools,
        "thinking": {"type": "enabled", "budget_tokens": 2_000},
    }
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    if streamed:
        with claude.messages.stream(messages=messages, **asked) as events:
            message = events.get_final_message()
    else:
        message = claude.messages.create(messages=messages, **asked)
    used = next(block for block in message.content if block.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": used.id, "content": "18 °C"}
    content = [block.model_dump(exclude_none=True) for block in message.content]
    history = [
        *messages,
        {"role": "assistant", "content": content},
        {"role": "user", "content": [result]},
    ]
    upstream.answers(whole(SAYING))

    said = claude.messages.create(messages=history, **asked)

    came_back(upstream)
    assert message.stop_reason == "tool_use"
    assert [block.type for block in said.content] == ["thinking", "text"]
    assert said.content[0].thinking == "Look outside."
    assert (said.usage.input_tokens, said.usage.output_tokens) == (20, 12)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_round_of_tools_in_responses(
    streamed: bool, client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(stream([chunk(CALLING)]) if streamed else whole(CALLING))
    tools = [
        {"type": "function", "name": each["name"], "parameters": each["schema"], "strict": False}
        for each in TOOLS
    ]
    asked: dict[str, Any] = {
        "model": MODEL,
        "tools": tools,
        "store": False,
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
    }
    first: list[Any] = [{"role": "user", "content": QUESTION}]
    if streamed:
        with client.responses.stream(input=first, **asked) as events:
            response = events.get_final_response()
    else:
        response = client.responses.create(input=first, **asked)
    called = next(item for item in response.output if item.type == "function_call")
    result = {"type": "function_call_output", "call_id": called.call_id, "output": "18 °C"}
    items = [item.model_dump(exclude_none=True) for item in response.output]
    upstream.answers(whole(SAYING))

    said = client.responses.create(input=[*first, *items, result], **asked)

    came_back(upstream)
    assert said.output_text == "It is sunny."


def test_thoughts_come_back_with_their_proof(claude: anthropic.Anthropic, upstream: FakeUpstream):
    upstream.answers(whole(SAYING))
    asked: dict[str, Any] = {"model": MODEL, "max_tokens": 4_000}
    first = {"role": "user", "content": QUESTION}
    content = claude.messages.create(messages=[first], **asked).content
    said = [block.model_dump(exclude_none=True) for block in content]
    more = {"role": "user", "content": "And tomorrow?"}

    claude.messages.create(messages=[first, {"role": "assistant", "content": said}, more], **asked)

    assert asked_last(upstream)["contents"][1]["parts"] == [
        THOUGHT,
        {"text": "It is sunny.", "thoughtSignature": SIGNATURE},
    ]


def test_what_changes_no_answer_is_told_in_a_header(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(whole(SAYING))
    raw = client.chat.completions.with_raw_response.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], user="alice"
    )
    assert raw.headers["x-purser-ignored"] == "user"


def test_what_gemini_cannot_be_told_names_the_clients_field(client: openai.OpenAI):
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": QUESTION}], logprobs=True
        )
    assert raised.value.code == "unsupported_parameter"
    assert raised.value.param == "logprobs"


def test_a_limit_of_requests_says_when_to_come_back(client: openai.OpenAI, upstream: FakeUpstream):
    error = {"code": 429, "message": "Quota exceeded.\nPlease retry in 48.9s.", "status": "X"}
    upstream.answers(whole({"error": error}, status=429))
    with pytest.raises(openai.RateLimitError) as raised:
        client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": QUESTION}]
        )
    assert raised.value.response.headers["retry-after"] == "49"
    assert "Quota exceeded" in str(raised.value)


def collect(client: openai.OpenAI, seen: list[str]) -> None:
    for entry in client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], stream=True
    ):
        seen += [choice.delta.content or "" for choice in entry.choices]


def test_a_key_that_google_refuses_is_not_the_clients_fault(
    client: openai.OpenAI, upstream: FakeUpstream, caplog: pytest.LogCaptureFixture
):
    """Google says so with a 400, which would mean a bad request."""
    reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    message = "API key not valid. Please pass a valid API key."
    error = {"code": 400, "message": message, "status": "INVALID_ARGUMENT", "details": [reason]}
    upstream.answers(whole({"error": error}, status=400))
    with pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": QUESTION}]
        )
    assert raised.value.code == "upstream_failed"
    assert booked().get().attempts[0]["status"] == 401
    assert "provider far: the provider refuses it (API_KEY_INVALID)" in caplog.text


ERROR = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}


@pytest.mark.parametrize(
    "failure", [chunk(ERROR), json.dumps(ERROR, indent=2).encode(), b"data: {oops\r\n\r\n", b""]
)
def test_a_stream_that_fails_after_its_first_words_ends_with_an_error(
    failure: bytes, client: openai.OpenAI, upstream: FakeUpstream
):
    words = answer({"text": "It is"})
    words["candidates"][0].pop("finishReason")
    upstream.answers(stream([chunk(words), failure]))
    seen: list[str] = []
    with pytest.raises(openai.APIError):
        collect(client, seen)

    assert "".join(seen) == "It is"
    record = booked().get()
    assert record.error_code == "upstream_failed"
    assert (record.input_tokens, record.output_tokens) == (20, 12)


def test_an_answer_held_back_is_a_content_filter_and_no_failure(
    client: openai.OpenAI, upstream: FakeUpstream
):
    feedback = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    upstream.answers(whole({**feedback, "usageMetadata": {"promptTokenCount": 20}}))
    choice = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}]
    ).choices[0]

    assert choice.finish_reason == "content_filter"
    assert not choice.message.content
    assert booked().get().input_tokens == 20


def test_several_answers_are_several_choices(client: openai.OpenAI, upstream: FakeUpstream):
    several = answer({"text": "One."})
    several["candidates"].append({"content": {"parts": [{"text": "Two."}]}, "finishReason": 2})
    upstream.answers(whole(several))
    choices = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], n=2
    ).choices

    assert [(each.message.content, each.finish_reason) for each in choices] == [
        ("One.", "stop"),
        ("Two.", "length"),
    ]
    assert asked_last(upstream)["generationConfig"]["candidateCount"] == 2


def test_texts_become_vectors_in_their_order(client: openai.OpenAI, upstream: FakeUpstream):
    upstream.answers(whole({"embeddings": [{"values": [0.5, 1]}, {"values": [0.25, -1.5]}]}))
    raw = client.embeddings.with_raw_response.create(
        model=MODEL, input=["one", "two"], dimensions=2, user="alice"
    )
    vectors = raw.parse().data

    assert [(each.index, each.embedding) for each in vectors] == [(0, [0.5, 1]), (1, [0.25, -1.5])]
    assert raw.headers["x-purser-ignored"] == "user"
    sent = upstream.asked[-1]
    assert sent.path == f"/v1beta/models/{MODEL.removeprefix('far/')}:batchEmbedContents"
    name = f"models/{MODEL.removeprefix('far/')}"
    assert sent.json["requests"][1] == {
        "model": name,
        "content": {"parts": [{"text": "two"}]},
        "outputDimensionality": 2,
    }


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": [1, 2, 3]}, "input"),
        ({"input": [[1, 2], [3]]}, "input"),
        ({"input": ["text"] * 101}, "input"),
        ({"input": ""}, "input"),
        ({"input": ["text", ""]}, "input[1]"),
        ({"input": []}, "input"),
        ({"input": {"text": "x"}}, "input"),
        ({"input": True}, "input"),
        ({"input": None}, "input"),
        ({"input": "x", "dimensions": 0}, "dimensions"),
        ({"input": "x", "dimensions": True}, "dimensions"),
        ({"input": "x", "encoding_format": "int8"}, "encoding_format"),
        ({"input": "x", "encoding_format": []}, "encoding_format"),
        ({"input": "x", "user": 5}, "user"),
        ({"input": "x", "task_type": "RETRIEVAL"}, "task_type"),
        ({"input": "x", "stream": True}, "stream"),
    ],
)
def test_what_cannot_be_embedded_is_refused_by_its_name(
    fields: dict[str, Any], param: str, secret: str, http: httpx.Client
):
    answered = http.post(
        "/v1/embeddings",
        headers={"authorization": f"Bearer {secret}"},
        json={"model": MODEL, **fields},
    )
    assert answered.status_code == 400
    assert answered.json()["error"]["param"] == param


@pytest.mark.parametrize(
    "body",
    [{"embeddings": []}, {"embeddings": [{"values": [1e300]}]}, {"embeddings": [{}]}, {}],
)
def test_vectors_that_are_none_are_a_failure_of_the_provider(
    body: Any, client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(whole(body))
    with pytest.raises(openai.InternalServerError) as raised:
        client.embeddings.create(model=MODEL, input="x")
    assert raised.value.code == "upstream_failed"
