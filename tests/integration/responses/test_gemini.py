"""Gemini, which wants the proof of its thoughts back on the very part that it came with.

Its answers here are synthetic, written from Google's documentation.
"""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.fakes.upstream import FakeUpstream, stream, whole
from tests.plane import Plane

MODEL = "far/gemini-2.5-pro"
CALL = {"functionCall": {"name": "weather", "args": {"city": "Paris"}}, "thoughtSignature": "c2ln"}
TIME = {"functionCall": {"name": "time", "args": {}}}
THOUGHT = {"text": "Paris is in France.", "thought": True}
TOOLS: list[Any] = [
    {"type": "function", "name": name, "parameters": {"type": "object"}, "strict": None}
    for name in ("weather", "time")
]


def answer(*parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "candidates": [
            {"content": {"role": "model", "parts": list(parts)}, "finishReason": "STOP"}
        ],
        "usageMetadata": {
            "promptTokenCount": 10,
            "candidatesTokenCount": 4,
            "thoughtsTokenCount": 20,
            "totalTokenCount": 34,
        },
        "modelVersion": "gemini-2.5-pro",
    }


@pytest.fixture
def client(plane: Plane, upstream: FakeUpstream) -> Iterator[openai.OpenAI]:
    from tests import catalog  # needs the apps, which pytest's configuration sets up
    from tests.fakes import google

    google.callable_model("gemini", "gemini-2.5-pro", upstream.url)
    plane.wait_for_catalog(MODEL)
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=catalog.key(), max_retries=0) as client:
        yield client


@pytest.mark.parametrize("streamed", [False, True])
def test_the_proof_of_a_call_comes_back_where_it_was(
    client: openai.OpenAI, upstream: FakeUpstream, streamed: bool
):
    told = answer(THOUGHT, CALL, TIME)
    event = b"data: " + json.dumps(told).encode() + b"\r\n\r\n"
    upstream.answers(stream([event]) if streamed else whole(told))
    turns: Any = [{"role": "user", "content": "Weather and time in Paris?"}]
    asked: Any = {"model": MODEL, "tools": TOOLS, "reasoning": {"summary": "auto"}}
    if streamed:
        with client.responses.stream(input=turns, **asked) as events:
            response = events.get_final_response()
    else:
        response = client.responses.create(input=turns, **asked)
    calls = [item for item in response.output if item.type == "function_call"]
    assert len({call.call_id for call in calls}) == 2
    assert response.usage is not None
    assert response.usage.output_tokens_details.reasoning_tokens == 20
    upstream.answers(whole(answer({"text": "12 degrees at noon."})))

    turns += [item.model_dump(exclude={"parsed_arguments"}) for item in response.output]
    turns += [
        {"type": "function_call_output", "call_id": call.call_id, "output": "12"} for call in calls
    ]
    assert client.responses.create(input=turns, **asked).output_text == "12 degrees at noon."

    model, results = upstream.asked[1].json["contents"][1:]
    signatures = {
        part["functionCall"]["name"]: part.get("thoughtSignature")
        for part in model["parts"]
        if "functionCall" in part
    }
    assert signatures == {"weather": "c2ln", "time": None}
    names = [part["functionResponse"]["name"] for part in results["parts"]]
    assert names == ["weather", "time"]
