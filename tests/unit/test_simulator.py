"""The demo provider: shaped like OpenAI's, honest about itself, consistent in what it counts."""

import base64
import json
import struct
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from controlplane.simulator.app import app
from controlplane.simulator.wording import NOTICE, OUTPUT_TOKENS_MAX

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
            "required": ["city", "unit"],
        },
    },
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        yield client


def ask(content: Any = "Hello!", **fields: Any) -> dict[str, Any]:
    return {"model": "echo", "messages": [{"role": "user", "content": content}], **fields}


async def stream(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> list[Any]:
    answer = await client.post(path, json=body | {"stream": True})
    events = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert events.pop() == "[DONE]"
    return [json.loads(event) for event in events]


async def test_says_that_it_is_a_simulator_and_echoes(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/v1/chat/completions", json=ask())).json()

    assert answer["choices"][0]["message"]["content"] == f"{NOTICE} You said: Hello!"
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["system_fingerprint"] == "purser-simulator"


async def test_a_stream_says_and_counts_the_same(client: httpx.AsyncClient) -> None:
    whole = (await client.post("/v1/chat/completions", json=ask())).json()
    body = ask(stream_options={"include_usage": True})
    *chunks, last = await stream(client, "/v1/chat/completions", body)

    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text == whole["choices"][0]["message"]["content"]
    assert last["choices"] == []
    assert last["usage"] == whole["usage"]
    assert {chunk["usage"] for chunk in chunks} == {None}


async def test_a_stream_carries_usage_only_when_asked(client: httpx.AsyncClient) -> None:
    chunks = await stream(client, "/v1/chat/completions", ask())

    assert not any("usage" in chunk for chunk in chunks)


async def test_usage_adds_up_over_all_choices(client: httpx.AsyncClient) -> None:
    one = (await client.post("/v1/chat/completions", json=ask())).json()["usage"]
    three = (await client.post("/v1/chat/completions", json=ask(n=3))).json()

    assert [choice["index"] for choice in three["choices"]] == [0, 1, 2]
    assert three["usage"]["completion_tokens"] == 3 * one["completion_tokens"]
    assert three["usage"]["total_tokens"] == (
        three["usage"]["prompt_tokens"] + three["usage"]["completion_tokens"]
    )


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_a_limit_cuts_the_answer(client: httpx.AsyncClient, name: str) -> None:
    answer = (await client.post("/v1/chat/completions", json=ask(**{name: 3}))).json()

    assert answer["choices"][0]["message"]["content"] == "This is Purser"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 3


async def test_an_endless_prompt_is_not_echoed_endlessly(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/v1/chat/completions", json=ask("word " * 5000))).json()

    assert answer["usage"]["completion_tokens"] == OUTPUT_TOKENS_MAX


@pytest.mark.parametrize(
    ("prompt", "choice"),
    [
        ("Hello!", "required"),
        ("Hello!", {"type": "function", "function": {"name": "get_weather"}}),
        ("Please use get_weather.", "auto"),
    ],
)
async def test_calls_a_tool_that_is_forced_or_mentioned(
    client: httpx.AsyncClient, prompt: str, choice: Any
) -> None:
    body = ask(prompt, tools=[WEATHER], tool_choice=choice)
    answer = (await client.post("/v1/chat/completions", json=body)).json()["choices"][0]

    call = answer["message"]["tool_calls"][0]["function"]
    assert answer["finish_reason"] == "tool_calls"
    assert call["name"] == "get_weather"
    assert json.loads(call["arguments"]) == {"city": "example", "unit": "C"}


async def test_a_streamed_call_arrives_in_pieces(client: httpx.AsyncClient) -> None:
    body = ask(tools=[WEATHER], tool_choice="required")
    chunks = await stream(client, "/v1/chat/completions", body)

    deltas = [chunk["choices"][0]["delta"].get("tool_calls") for chunk in chunks]
    pieces = [delta[0]["function"]["arguments"] for delta in deltas if delta]
    assert len(pieces) > 2
    assert json.loads("".join(pieces)) == {"city": "example", "unit": "C"}


@pytest.mark.parametrize("fields", [{}, {"tools": [WEATHER], "tool_choice": "none"}])
async def test_calls_no_tool_uninvited(client: httpx.AsyncClient, fields: Any) -> None:
    body = ask("Tell me of get_weather", **fields)
    answer = (await client.post("/v1/chat/completions", json=body)).json()

    assert "tool_calls" not in answer["choices"][0]["message"]


async def test_answers_in_json_when_asked_to(client: httpx.AsyncClient) -> None:
    body = ask(response_format={"type": "json_object"})
    answer = (await client.post("/v1/chat/completions", json=body)).json()

    said = json.loads(answer["choices"][0]["message"]["content"])
    assert said == {"notice": NOTICE, "you_said": "Hello!"}


async def test_completes_every_prompt(client: httpx.AsyncClient) -> None:
    body = {"model": "echo", "prompt": ["one", [1, 2]], "max_tokens": 100}
    answer = (await client.post("/v1/completions", json=body)).json()
    chunks = await stream(client, "/v1/completions", body)

    texts = [choice["text"] for choice in answer["choices"]]
    assert texts == [f"{NOTICE} You said: one", f"{NOTICE} You said: 1 2"]
    for index, text in enumerate(texts):
        parts = [chunk["choices"][0] for chunk in chunks]
        assert "".join(part["text"] for part in parts if part["index"] == index) == text


async def test_embeds_the_same_text_the_same_way(client: httpx.AsyncClient) -> None:
    body = {"model": "embed", "input": ["one two", "one two", "three"], "dimensions": 64}
    floats = (await client.post("/v1/embeddings", json=body)).json()
    body["encoding_format"] = "base64"
    packed = (await client.post("/v1/embeddings", json=body)).json()

    vectors = [row["embedding"] for row in floats["data"]]
    assert vectors[0] == vectors[1] != vectors[2]
    assert len(vectors[0]) == 64
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert struct.unpack("<64f", raw) == pytest.approx(vectors[0])
    assert floats["usage"] == {"prompt_tokens": 5, "total_tokens": 5}


async def test_lists_its_models(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/models")).json()

    assert [row["id"] for row in answer["data"]] == ["echo", "embed"]
    assert answer["notice"] == NOTICE


@pytest.mark.parametrize(
    ("path", "body", "status", "param"),
    [
        ("/v1/chat/completions", "{", 400, None),
        ("/v1/chat/completions", "[]", 400, None),
        ("/v1/chat/completions", '{"model": "echo"}', 400, "messages"),
        ("/v1/chat/completions", '{"model": 1, "messages": []}', 400, "model"),
        ("/v1/chat/completions", '{"model": "other", "messages": []}', 404, "model"),
        ("/v1/chat/completions", '{"model": "embed", "messages": []}', 400, "model"),
        ("/v1/chat/completions", '{"model": "echo", "messages": [], "n": 99}', 400, "n"),
        ("/v1/completions", '{"model": "echo"}', 400, "prompt"),
        ("/v1/embeddings", '{"model": "embed", "input": "a", "dimensions": -1}', 400, "dimensions"),
        ("/v1/elsewhere", "{}", 404, None),
    ],
)
async def test_refuses_in_openais_words(
    client: httpx.AsyncClient, path: str, body: str, status: int, param: str | None
) -> None:
    answer = await client.post(path, content=body)

    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["param"] == param
