"""The simulator speaks each dialect so that who knows it best understands: the official SDKs."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import openai
import pytest
from botocore.eventstream import EventStreamBuffer

from controlplane.simulator.wording import NOTICE
from tests.fakes.simulator import RunningSimulator

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = ("get_weather", "get_time")
BOTH = "Use get_weather and get_time."
ECHO = f"{NOTICE} You said: Hello!"
HELLO = {"role": "user", "content": "Hello!"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    running = RunningSimulator()
    yield running
    running.stop()


@pytest.fixture
def chat(simulator: RunningSimulator) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{simulator.url}/v1", api_key="k", max_retries=0) as client:
        yield client


@pytest.fixture
def claude(simulator: RunningSimulator) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=simulator.url, api_key="k", max_retries=0) as client:
        yield client


@pytest.fixture
def http(simulator: RunningSimulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.url) as client:
        yield client


def test_responses_whole_and_streamed_are_the_same(chat: openai.OpenAI) -> None:
    whole = chat.responses.create(model="echo", input="Hello!", reasoning={"effort": "low"})
    events = list(
        chat.responses.create(model="echo", input=[HELLO], reasoning={"effort": "low"}, stream=True)
    )

    assert whole.output_text == ECHO
    assert [item.type for item in whole.output] == ["reasoning", "message"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == ECHO
    assert events[-1].type == "response.completed"
    assert events[-1].response.usage == whole.usage
    assert whole.usage.output_tokens_details.reasoning_tokens > 0


def test_responses_call_tools_in_parallel(chat: openai.OpenAI) -> None:
    tools: Any = [{"type": "function", "name": name, "parameters": PARAMETERS} for name in TOOLS]
    whole = chat.responses.create(model="echo", input=BOTH, tools=tools)
    events = list(chat.responses.create(model="echo", input=BOTH, tools=tools, stream=True))

    calls = [item for item in whole.output if item.type == "function_call"]
    assert [call.name for call in calls] == list(TOOLS)
    done = [e for e in events if e.type == "response.function_call_arguments.done"]
    assert [json.loads(e.arguments) for e in done] == [{"city": "example"}] * 2


def test_a_response_that_is_cut_is_incomplete(chat: openai.OpenAI) -> None:
    cut = chat.responses.create(model="echo", input="Hello!", max_output_tokens=3)

    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert cut.output_text == "This is Purser"


def test_no_response_is_stored(chat: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        chat.responses.create(model="echo", input="Hello!", previous_response_id="resp_1")

    assert refused.value.code == "previous_response_not_found"


def ask(content: Any = "Hello!", **more: Any) -> Any:
    return {
        "model": "echo",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": content}],
        **more,
    }


def test_messages_whole_and_streamed_are_the_same(claude: anthropic.Anthropic) -> None:
    whole = claude.messages.create(**ask())
    with claude.messages.stream(**ask()) as stream:
        streamed = stream.get_final_message()

    assert whole.content[0].text == ECHO
    assert streamed.content[0].text == ECHO
    assert (streamed.stop_reason, streamed.usage.output_tokens) == (
        "end_turn",
        whole.usage.output_tokens,
    )
    counted = claude.messages.count_tokens(model="echo", messages=[HELLO])
    assert counted.input_tokens == whole.usage.input_tokens


def test_thoughts_are_signed_and_must_come_back_as_they_were(claude: anthropic.Anthropic) -> None:
    thinks = ask(thinking={"type": "enabled", "budget_tokens": 100})
    with claude.messages.stream(**thinks) as stream:
        thought, text = stream.get_final_message().content
    turns = [*thinks["messages"], {"role": "assistant", "content": [thought, text]}, HELLO]

    assert (thought.type, text.text) == ("thinking", ECHO)
    assert claude.messages.create(**{**thinks, "messages": turns}).content[1].text == ECHO
    thought.signature = "made up"
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.create(**{**thinks, "messages": turns})


def test_messages_call_tools_and_stop_where_they_are_told(claude: anthropic.Anthropic) -> None:
    tools = [{"name": name, "input_schema": PARAMETERS} for name in TOOLS]
    with claude.messages.stream(**ask(BOTH, tools=tools)) as stream:
        called = stream.get_final_message()
    stopped = claude.messages.create(**ask(stop_sequences=["not a"]))

    assert [block.type for block in called.content] == ["text", "tool_use", "tool_use"]
    assert called.content[1].input == {"city": "example"}
    assert called.stop_reason == "tool_use"
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "not a")


def test_the_lists_of_models_are_told_apart(
    chat: openai.OpenAI, claude: anthropic.Anthropic, http: httpx.Client
) -> None:
    assert [model.id for model in chat.models.list()] == ["echo", "embed"]
    assert [model.id for model in claude.models.list()] == ["echo", "embed"]
    google = http.get("/v1beta/models").json()["models"]
    assert [model["name"] for model in google] == ["models/echo", "models/embed"]
    bedrock = http.get("/foundation-models").json()["modelSummaries"]
    assert [model["modelId"] for model in bedrock] == ["echo", "embed"]


CONVERSE: dict[str, Any] = {
    "messages": [{"role": "user", "content": [{"text": BOTH}]}],
    "toolConfig": {
        "tools": [
            {"toolSpec": {"name": name, "inputSchema": {"json": PARAMETERS}}} for name in TOOLS
        ]
    },
    "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 100}},
}


def test_converse_answers_in_blocks(http: httpx.Client) -> None:
    answer = http.post("/model/us.anthropic.claude-echo-v1%3A0/converse", json=CONVERSE).json()

    kinds = [next(iter(block)) for block in answer["output"]["message"]["content"]]
    assert kinds == ["reasoningContent", "text", "toolUse", "toolUse"]
    assert answer["stopReason"] == "tool_use"
    usage = answer["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    counted = http.post("/model/echo/count-tokens", json={"input": {"converse": CONVERSE}}).json()
    assert counted == {"inputTokens": usage["inputTokens"]}


def test_converse_streams_frames_that_botocore_accepts(http: httpx.Client) -> None:
    """botocore checks both checksums of a frame."""
    whole = http.post("/model/echo/converse", json=CONVERSE).json()
    answer = http.post("/model/echo/converse-stream", json=CONVERSE)
    buffer = EventStreamBuffer()
    buffer.add_data(answer.content)
    events = [
        (event.headers[":event-type"], json.loads(event.payload))
        for event in buffer
        if event.headers[":message-type"] == "event"
    ]

    assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert [kind for kind, _ in events[-2:]] == ["messageStop", "metadata"]
    assert events[-1][1]["usage"] == whole["usage"]
    deltas = [payload["delta"] for kind, payload in events if kind == "contentBlockDelta"]
    text = "".join(delta.get("text", "") for delta in deltas)
    assert text == whole["output"]["message"]["content"][1]["text"]
    assert sum(kind == "contentBlockStart" for kind, _ in events) == len(TOOLS)


def test_bedrock_names_its_errors_in_a_header(http: httpx.Client) -> None:
    answer = http.post("/model/other/converse", json=CONVERSE)

    assert answer.status_code == 404
    assert answer.headers["x-amzn-errortype"].startswith("ResourceNotFoundException:")
    assert set(answer.json()) == {"message"}


GENERATE: dict[str, Any] = {
    "contents": [{"role": "user", "parts": [{"text": BOTH}]}],
    "tools": [
        {"functionDeclarations": [{"name": name, "parameters": PARAMETERS} for name in TOOLS]}
    ],
    "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
}


@pytest.mark.parametrize(
    "prefix",
    ["/v1beta", "/v1/projects/p/locations/eu-west1/publishers/google", "/v1/publishers/google"],
)
def test_gemini_streams_with_usage_in_every_event(http: httpx.Client, prefix: str) -> None:
    url = f"{prefix}/models/gemini-echo"
    whole = http.post(f"{url}:generateContent", json=GENERATE).json()
    stream = http.post(f"{url}:streamGenerateContent?alt=sse", json=GENERATE).text
    chunks = [json.loads(event.removeprefix("data: ")) for event in stream.split("\r\n\r\n")[:-1]]

    parts = [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
    spoken = [part["text"] for part in parts if "text" in part and not part.get("thought")]
    assert "".join(spoken) == whole["candidates"][0]["content"]["parts"][1]["text"]
    assert [part["functionCall"]["name"] for part in parts if "functionCall" in part] == [*TOOLS]
    assert all(part["thoughtSignature"] for part in parts if "functionCall" in part)
    assert {json.dumps(chunk["usageMetadata"]) for chunk in chunks} == {
        json.dumps(whole["usageMetadata"])
    }
    usage = whole["usageMetadata"]
    assert usage["totalTokenCount"] == (
        usage["promptTokenCount"] + usage["candidatesTokenCount"] + usage["thoughtsTokenCount"]
    )
    assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"
    counted = http.post(f"{url}:countTokens", json=GENERATE).json()
    assert counted["totalTokens"] == usage["promptTokenCount"]


def test_google_says_in_the_body_when_to_come_back(
    simulator: RunningSimulator, http: httpx.Client
) -> None:
    simulator.script(dialect="gemini", fault="status", status=429, retry_after=7)
    answer = http.post("/v1beta/models/echo:generateContent", json=GENERATE)
    simulator.reset()

    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert answer.json()["error"]["details"][0]["retryDelay"] == "7s"
    assert "retry-after" not in answer.headers


def test_claude_at_vertex_is_anthropics_dialect(http: httpx.Client) -> None:
    url = "/v1/projects/p/locations/eu-west1/publishers/anthropic/models"
    body = {**ask(), "anthropic_version": "vertex-2023-10-16"}
    del body["model"]

    whole = http.post(f"{url}/claude-echo@20250929:rawPredict", json=body).json()
    stream = http.post(f"{url}/claude-echo:streamRawPredict", json={**body, "stream": True}).text
    counted = http.post(f"{url}/count-tokens:rawPredict", json={**body, "model": "claude-echo"})

    assert whole["content"][0]["text"] == ECHO
    assert stream.startswith("event: message_start")
    assert counted.json()["input_tokens"] == whole["usage"]["input_tokens"]


def test_azure_has_the_model_in_the_path(http: httpx.Client) -> None:
    body = {"messages": [HELLO]}
    url = "/openai/deployments/echo/chat/completions?api-version=2024-10-21"

    assert http.post(url, json=body).json()["choices"][0]["message"]["content"] == ECHO


def test_vectors_are_the_same_in_every_dialect(chat: openai.OpenAI, http: httpx.Client) -> None:
    first = chat.embeddings.create(model="embed", input="a text", dimensions=16)
    content = {"parts": [{"text": "a text"}]}
    batch = {"requests": [{"content": content, "outputDimensionality": 16}]}
    gemini = http.post("/v1beta/models/embed:batchEmbedContents", json=batch).json()
    instances = {
        "instances": [{"content": "a text"}],
        "parameters": {"outputDimensionality": 16},
    }
    vertex = http.post("/v1/publishers/google/models/embed:predict", json=instances).json()
    titan = http.post("/model/titan-embed/invoke", json={"inputText": "a text", "dimensions": 16})

    vector = gemini["embeddings"][0]["values"]
    assert struct.pack("<16f", *vector) == struct.pack("<16f", *first.data[0].embedding)
    assert vertex["predictions"][0]["embeddings"]["values"] == vector
    assert titan.json()["embedding"] == vector


def test_every_answer_says_that_it_is_a_simulator(http: httpx.Client) -> None:
    for answer in (http.get("/"), http.get("/nowhere"), http.post("/v1/messages", json=ask())):
        assert answer.headers["x-simulator"] == "purser"
