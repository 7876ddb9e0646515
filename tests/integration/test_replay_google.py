"""Every recorded exchange with Gemini, at its own API and at Vertex AI, however it is cut.

Clients of OpenAI's SDK get what Google said, and the books have what it counted.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from billing.usage import read_usage
from tests import catalog, postgres, recordings
from tests.fakes import google
from tests.fakes.google_accounts import TOKEN_PATH
from tests.fakes.upstream import FakeUpstream, Scripted
from tests.plane import Plane, booked
from tests.recordings import Recording

MESSAGES = [{"role": "user", "content": "Hello"}]
FINISHED = {
    "STOP": "stop",
    1: "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    None: "content_filter",
}


def is_answer(record: Recording) -> bool:
    return record["api"] in ("gemini.generate", "gemini.stream")


def is_embedding(record: Recording) -> bool:
    return record["api"] in ("gemini.embed", "gemini.predict")


@dataclass
class Stage:
    upstream: FakeUpstream
    plane: Plane
    client: openai.OpenAI

    def set_up(self, record: Recording) -> str:
        """The name to ask for, at a provider of the recorded kind."""
        kind, id = record["provider"], f"p-{record['id']}"
        model = google.callable_model(kind, record["model"], self.upstream.url, id)
        self.plane.wait_for_catalog(model.id)
        return model.id

    def answers(self, record: Recording, pieces: list[bytes]) -> None:
        headers = {"content-type": record["response_headers"].get("content-type", "text/plain")}
        self.upstream.script = google.Answering(Scripted(record["status"], headers, pieces))


@pytest.fixture(scope="module")
def stage(database_url: str) -> Iterator[Stage]:
    """One data plane for all exchanges; each has its own provider."""
    postgres.truncate(database_url)
    upstream, plane, secret = FakeUpstream(), Plane(), catalog.key()
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
        yield Stage(upstream, plane, client)
    plane.stop()
    upstream.stop()


@pytest.mark.parametrize("record", recordings.parameters(is_answer))
def test_an_answer_reaches_a_client_of_openais_sdk(record: Recording, stage: Stage):
    name = stage.set_up(record)
    for cut in recordings.CUTS:
        stage.answers(record, cut(recordings.body_of(record)))
        if record["status"] >= 400:
            refusal_is_googles(record, stage, name)
        else:
            answer = streamed(stage, name) if record["streaming"] else whole(stage, name)
            assert answer == said(record)
            usage_is_as_reported(record)
        assert stage.upstream.asked[-1].path == record["path_qs"].partition("?")[0].replace(
            *place_of(record)
        )


@pytest.mark.parametrize("record", recordings.parameters(is_embedding))
def test_vectors_reach_a_client_of_openais_sdk(record: Recording, stage: Stage):
    name = stage.set_up(record)
    stage.answers(record, [recordings.body_of(record)])
    if record["status"] >= 400:
        with pytest.raises(openai.NotFoundError) as raised:
            stage.client.embeddings.create(model=name, input="Hello, world!")
        assert google_message(record) in str(raised.value)
        return
    for options, tolerance in (({}, 1e-6), ({"encoding_format": "float"}, 0)):
        answer = stage.client.embeddings.create(model=name, input="Hello, world!", **options)
        assert answer.data[0].embedding == pytest.approx(vector(record), rel=tolerance, abs=0)
        row = booked().latest("at")
        if record["usage"] is None:
            assert row.usage_source == "estimated"
            assert answer.usage.prompt_tokens == row.input_tokens > 0
        else:
            assert row.usage_source == "provider"
            assert answer.usage.prompt_tokens == row.input_tokens == record["usage"]["input"]


def whole(stage: Stage, name: str) -> dict[str, Any]:
    answer = stage.client.chat.completions.create(model=name, messages=MESSAGES)
    choice = answer.choices[0]
    calls = [
        (call.function.name, json.loads(call.function.arguments))
        for call in choice.message.tool_calls or []
    ]
    usage = answer.usage
    return {
        "text": choice.message.content or "",
        "calls": calls,
        "finish": choice.finish_reason,
        "tokens": (usage.prompt_tokens, usage.completion_tokens),
    }


def streamed(stage: Stage, name: str) -> dict[str, Any]:
    text, finish, tokens = "", None, None
    calls: dict[int, list[str]] = {}
    with stage.client.chat.completions.create(
        model=name, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ) as chunks:
        for chunk in chunks:
            if chunk.usage is not None:
                tokens = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
                for call in choice.delta.tool_calls or []:
                    known = calls.setdefault(call.index, ["", ""])
                    known[0] += call.function.name or ""
                    known[1] += call.function.arguments or ""
    asked = [(name, json.loads(arguments)) for name, arguments in calls.values()]
    return {"text": text, "calls": asked, "finish": finish, "tokens": tokens}


def said(record: Recording) -> dict[str, Any]:
    """What Google said, from its own body."""
    candidates = [
        candidate for chunk in chunks_of(record) for candidate in chunk.get("candidates", [])
    ]
    parts = [part for each in candidates for part in each.get("content", {}).get("parts", [])]
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    reasons = [each["finishReason"] for each in candidates if each.get("finishReason")]
    finish = FINISHED[reasons[-1] if reasons else None]
    tokens = read_usage("gemini", record["usage"]["raw"]).tokens
    return {
        "text": "".join([part.get("text", "") for part in parts]),
        "calls": [(call["name"], call.get("args", {})) for call in calls],
        "finish": "tool_calls" if calls and finish == "stop" else finish,
        "tokens": (tokens.input, tokens.output),
    }


def chunks_of(record: Recording) -> list[Any]:
    body = recordings.body_of(record).decode()
    if not record["streaming"]:
        return [json.loads(body)]
    events = body.replace("\r\n", "\n").split("\n\n")
    return [json.loads(event.removeprefix("data: ")) for event in events if event.strip()]


def vector(record: Recording) -> list[float]:
    body = json.loads(recordings.body_of(record))
    if "predictions" in body:
        return body["predictions"][0]["embeddings"]["values"]
    return (body.get("embedding") or body["embeddings"][0])["values"]


def refusal_is_googles(record: Recording, stage: Stage, name: str) -> None:
    with pytest.raises(openai.APIStatusError) as raised:
        stage.client.chat.completions.create(model=name, messages=MESSAGES)
    assert raised.value.status_code == record["status"]
    assert google_message(record) in str(raised.value)


def google_message(record: Recording) -> str:
    return json.loads(recordings.body_of(record))["error"]["message"]


def usage_is_as_reported(record: Recording) -> None:
    row = booked().latest("at")
    reported = read_usage("gemini", record["usage"]["raw"])
    assert row.usage_source == "provider"
    assert row.input_tokens == reported.tokens.input
    assert row.output_tokens == reported.tokens.output
    assert row.cached_input_tokens == reported.tokens.cached_input
    assert row.reasoning_tokens == reported.tokens.reasoning
    assert row.service_tier == (reported.service_tier or "standard")


def place_of(record: Recording) -> tuple[str, str]:
    """The recorded place at Vertex AI, and ours."""
    path = record["path_qs"]
    if record["provider"] == "gemini":
        return path, path
    recorded = path[: path.index("/publishers/")]
    return recorded, f"/v1/projects/{google.PROJECT}/locations/{google.REGION}"


def test_the_token_of_vertex_is_asked_for_once(upstream: FakeUpstream, plane: Plane):
    model = google.callable_model("vertex", "gemini-2.5-pro", upstream.url)
    plane.wait_for_catalog(model.id)
    body = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}
    upstream.script = google.Answering(Scripted(200, pieces=[json.dumps(body).encode()]))
    url, secret = f"{plane.url}/v1", catalog.key()
    with openai.OpenAI(base_url=url, api_key=secret, max_retries=0) as client:
        for _ in range(5):
            client.chat.completions.create(model=model.id, messages=MESSAGES)

    paths = [asked.path for asked in upstream.asked]
    assert paths.count(TOKEN_PATH) == 1
    assert len(paths) == 6
    assert upstream.asked[-1].headers["authorization"] == "Bearer token-1"
