"""Every recorded exchange with Bedrock's Converse, however it is cut, for clients of both SDKs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import anthropic
import openai
import pytest

from billing.usage import read_usage
from tests import catalog, event_streams, postgres, recordings
from tests.event_streams import frames_of
from tests.fakes import bedrock
from tests.fakes.upstream import FakeUpstream, Scripted
from tests.plane import Plane, booked
from tests.recordings import Recording

APIS = {"converse": "bedrock.converse", "stream": "bedrock.converse_stream"}
MESSAGES = [{"role": "user", "content": "Hello"}]
FINISHED = {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length"}


def is_answer(record: Recording) -> bool:
    return record["api"] in APIS.values() and record["status"] == 200


def is_refusal(record: Recording) -> bool:
    return record["api"] in APIS.values() and record["status"] >= 400


def is_count(record: Recording) -> bool:
    return record["api"] == "bedrock.count_tokens"


def is_embedding(record: Recording) -> bool:
    return record["api"] == "bedrock.invoke" and "embed" in record["model"]


@dataclass
class Stage:
    upstream: FakeUpstream
    plane: Plane
    secret: str

    def set_up(self, record: Recording, suffix: str = "") -> str:
        """The name to ask for."""
        id = f"p-{record['id']}{suffix}"
        model = bedrock.callable_model(record["model"], self.upstream.url, id)
        self.plane.wait_for_catalog(model.id)
        return model.id

    def answers(self, record: Recording, pieces: list[bytes]) -> None:
        headers = {**record["response_headers"]}
        for name in ("connection", "transfer-encoding", "content-length", "date"):
            headers.pop(name, None)
        self.upstream.answers(Scripted(record["status"], headers, pieces))

    @property
    def openai(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.plane.url}/v1", api_key=self.secret, max_retries=0)

    @property
    def anthropic(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(base_url=self.plane.url, api_key=self.secret, max_retries=0)


@pytest.fixture(scope="module")
def stage(database_url: str) -> Iterator[Stage]:
    """One data plane for all exchanges; each has its own provider."""
    postgres.empty(database_url)
    stage = Stage(FakeUpstream(), Plane(), catalog.key())
    yield stage
    stage.plane.stop()
    stage.upstream.stop()


@pytest.mark.parametrize("record", recordings.parameters(is_answer))
def test_an_answer_reaches_a_client_of_openais_sdk(record: Recording, stage: Stage):
    name = stage.set_up(record)
    for cut in cuts_of(record):
        stage.answers(record, cut(recordings.body_of(record)))
        answer = chat_streamed(stage, name) if record["streaming"] else chat(stage, name)

        assert answer == said(record)
        usage_is_as_reported(record)
        asked = stage.upstream.asked[-1]
        assert asked.raw_path == urlsplit(record["url"]).path
        bedrock.assert_signed(asked)


@pytest.mark.parametrize("record", recordings.parameters(is_answer))
def test_an_answer_reaches_a_client_of_anthropics_sdk(record: Recording, stage: Stage):
    name = stage.set_up(record, "-a")
    stage.answers(record, recordings.by_prime(recordings.body_of(record)))

    message = final_message(stage, name, streamed=record["streaming"])

    expected = said(record)
    texts = [block.text for block in message.content if block.type == "text"]
    assert "".join(texts) == expected["text"]
    calls = [(each.name, each.input) for each in message.content if each.type == "tool_use"]
    assert calls == expected["calls"]
    thoughts = [each.thinking for each in message.content if each.type == "thinking"]
    assert "".join(thoughts) == expected["thoughts"]
    assert message.stop_reason == stop_reason(record)
    tokens = read_usage("bedrock", record["usage"]["raw"]).tokens
    read_before = message.usage.cache_read_input_tokens or 0
    assert message.usage.input_tokens + read_before == tokens.input
    assert message.usage.output_tokens == tokens.output


@pytest.mark.parametrize("record", recordings.parameters(is_refusal))
def test_a_refusal_is_told_in_bedrocks_words(record: Recording, stage: Stage):
    name = stage.set_up(record)
    stage.answers(record, [recordings.body_of(record)])

    streamed = record["api"] == APIS["stream"]
    with pytest.raises(openai.BadRequestError, match="The provided model identifier is invalid"):
        stage.openai.chat.completions.create(model=name, messages=MESSAGES, stream=streamed)
    with pytest.raises(anthropic.BadRequestError, match="The provided model identifier is invalid"):
        stage.anthropic.messages.create(model=name, messages=MESSAGES, max_tokens=9)


@pytest.mark.parametrize("record", recordings.parameters(is_count))
def test_tokens_are_counted_for_clients_of_anthropics_sdk(record: Recording, stage: Stage):
    name = stage.set_up(record)
    stage.answers(record, [recordings.body_of(record)])
    [message] = record["request_json"]["input"]["converse"]["messages"]
    text = message["content"][0]["text"]

    def count() -> int:
        messages = [{"role": "user", "content": text}]
        return stage.anthropic.messages.count_tokens(model=name, messages=messages).input_tokens

    if record["status"] >= 400:
        with pytest.raises(anthropic.BadRequestError, match="model identifier is invalid"):
            count()
    else:
        assert count() == record["usage"]["input"]
    asked = stage.upstream.asked[-1]
    assert asked.raw_path == urlsplit(record["url"]).path
    assert asked.json == {"input": {"converse": {"messages": [message]}}}
    bedrock.assert_signed(asked)


@pytest.mark.parametrize("record", recordings.parameters(is_embedding))
def test_vectors_reach_a_client_of_openais_sdk(record: Recording, stage: Stage):
    name = stage.set_up(record)
    stage.answers(record, [recordings.body_of(record)])
    [text] = record["request_json"]["texts"]

    answer = stage.openai.embeddings.create(
        model=name, input=text, dimensions=512, encoding_format="float"
    )

    body = json.loads(recordings.body_of(record))
    assert answer.data[0].embedding == body["embeddings"]["float"][0]
    assert answer.usage.prompt_tokens == record["usage"]["input"]
    assert booked().latest("at").input_tokens == record["usage"]["input"]
    asked = stage.upstream.asked[-1]
    assert asked.json["output_dimension"] == record["request_json"]["output_dimension"]
    assert asked.raw_path == urlsplit(record["url"]).path
    bedrock.assert_signed(asked)


def cuts_of(record: Recording) -> list[Any]:
    return event_streams.CUTS if record["streaming"] else [recordings.uncut, recordings.by_prime]


def chat(stage: Stage, name: str) -> dict[str, Any]:
    answer = stage.openai.chat.completions.create(model=name, messages=MESSAGES)
    [choice], usage = answer.choices, answer.usage
    calls = choice.message.tool_calls or []
    return {
        "text": choice.message.content or "",
        "thoughts": getattr(choice.message, "reasoning_content", ""),
        "calls": [(call.function.name, json.loads(call.function.arguments)) for call in calls],
        "finish": choice.finish_reason,
        "tokens": (usage.prompt_tokens, usage.completion_tokens),
    }


def chat_streamed(stage: Stage, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"text": "", "thoughts": "", "finish": None, "tokens": None}
    calls: dict[int, list[str]] = {}
    with stage.openai.chat.completions.create(
        model=name, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ) as chunks:
        for chunk in chunks:
            if chunk.usage is not None:
                found["tokens"] = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            for choice in chunk.choices:
                found["text"] += choice.delta.content or ""
                found["thoughts"] += getattr(choice.delta, "reasoning_content", None) or ""
                found["finish"] = choice.finish_reason or found["finish"]
                for call in choice.delta.tool_calls or []:
                    known = calls.setdefault(call.index, ["", ""])
                    known[0] += call.function.name or ""
                    known[1] += call.function.arguments or ""
    return {**found, "calls": [(name, json.loads(text)) for name, text in calls.values()]}


def final_message(stage: Stage, name: str, *, streamed: bool) -> Any:
    asked = {"model": name, "messages": MESSAGES, "max_tokens": 64}
    if not streamed:
        return stage.anthropic.messages.create(**asked)
    with stage.anthropic.messages.stream(**asked) as stream:
        return stream.get_final_message()


def said(record: Recording) -> dict[str, Any]:
    """What Bedrock said, from its own body."""
    blocks, reason = blocks_of(record)
    calls = [each["toolUse"] for each in blocks if "toolUse" in each]
    thoughts = [each["reasoningContent"] for each in blocks if "reasoningContent" in each]
    tokens = read_usage("bedrock", record["usage"]["raw"]).tokens
    return {
        "text": "".join([each.get("text", "") for each in blocks]),
        "thoughts": "".join([each["reasoningText"]["text"] for each in thoughts]),
        "calls": [
            (each["name"], each["input"]) for each in calls if each.get("type") != "server_tool_use"
        ],
        "finish": FINISHED[reason],
        "tokens": (tokens.input, tokens.output),
    }


def blocks_of(record: Recording) -> tuple[list[dict[str, Any]], str]:
    """The blocks of a whole answer, or of a stream put together, and why it stopped."""
    if not record["streaming"]:
        body = json.loads(recordings.body_of(record))
        return body["output"]["message"]["content"], body["stopReason"]
    blocks: dict[int, dict[str, Any]] = {}
    reason = ""
    for payload in payloads_of(record):
        if "start" in payload and (tool := payload["start"].get("toolUse")):
            blocks[payload["contentBlockIndex"]] = {"toolUse": {**tool, "input": ""}}
        elif delta := payload.get("delta"):
            add(blocks.setdefault(payload["contentBlockIndex"], {}), delta)
        reason = payload.get("stopReason", reason)
    for block in blocks.values():
        if tool := block.get("toolUse"):
            tool["input"] = json.loads(tool["input"])
    return list(blocks.values()), reason


def add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    elif "toolUse" in delta:
        block["toolUse"]["input"] += delta["toolUse"]["input"]
    elif "reasoningContent" in delta:
        empty = {"reasoningText": {"text": ""}}
        thoughts = block.setdefault("reasoningContent", empty)["reasoningText"]
        thoughts["text"] += delta["reasoningContent"].get("text", "")


def payloads_of(record: Recording) -> Iterator[dict[str, Any]]:
    for raw in frames_of(recordings.body_of(record)):
        headers_size = int.from_bytes(raw[4:8], "big")
        yield json.loads(raw[12 + headers_size : -4])


def stop_reason(record: Recording) -> str:
    return blocks_of(record)[1]


def usage_is_as_reported(record: Recording) -> None:
    row = booked().latest("at")
    tokens = read_usage("bedrock", record["usage"]["raw"]).tokens
    assert row.usage_source == "provider"
    assert row.input_tokens == tokens.input
    assert row.output_tokens == tokens.output
    assert row.cached_input_tokens == tokens.cached_input
    assert row.cache_write_tokens == tokens.cache_write
