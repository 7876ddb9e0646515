"""Every recorded exchange with Gemini, at its own API and at Vertex AI, however it is cut.

Clients of three dialects get what Google said, and the books have what it counted.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest

from billing.usage import read_usage
from tests import catalog, postgres, recordings
from tests.fakes import google
from tests.fakes.google_accounts import TOKEN_PATH
from tests.fakes.upstream import FakeUpstream, Scripted
from tests.integration.google.clients import DIALECTS, TURN, Clients, Said, clients
from tests.plane import Plane, booked
from tests.recordings import Recording

FINISHED = {"STOP": "stop", 1: "stop", "MAX_TOKENS": "length", "SAFETY": "filtered"}
EMBEDDED = "Hello, world!"


def is_answer(record: Recording) -> bool:
    return record["api"] in ("gemini.generate", "gemini.stream")


def is_embedding(record: Recording) -> bool:
    return record["api"] in ("gemini.embed", "gemini.predict")


def is_count(record: Recording) -> bool:
    return record["api"] == "gemini.count_tokens"


@dataclass
class Stage:
    upstream: FakeUpstream
    plane: Plane
    clients: Clients

    def set_up(self, record: Recording, dialect: str = "") -> str:
        """The name to ask for, at a provider of the recorded kind."""
        kind, id = record["provider"], f"p-{record['id']}{dialect}"
        model = google.callable_model(kind, record["model"], self.upstream.url, id)
        self.plane.wait_for_catalog(model.id)
        return model.id

    def answers(self, record: Recording, pieces: list[bytes]) -> None:
        headers = {"content-type": record["response_headers"].get("content-type", "text/plain")}
        self.upstream.script = google.Answering(Scripted(record["status"], headers, pieces))

    def was_asked_at(self, record: Recording) -> bool:
        """The recorded place, but for our own project and region."""
        path = record["path_qs"].partition("?")[0]
        if record["provider"] == "vertex":
            ours = f"/v1/projects/{google.PROJECT}/locations/{google.REGION}"
            path = ours + path[path.index("/publishers/") :]
        return self.upstream.asked[-1].path == path


@pytest.fixture(scope="module")
def stage(database_url: str) -> Iterator[Stage]:
    """One data plane for all exchanges; each has its own provider."""
    postgres.empty(database_url)
    upstream, plane, secret = FakeUpstream(), Plane(), catalog.key()
    with clients(plane.url, secret) as asking:
        yield Stage(upstream, plane, asking)
    plane.stop()
    upstream.stop()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("record", recordings.parameters(is_answer))
def test_an_answer_is_what_google_said(record: Recording, dialect: str, stage: Stage):
    name = stage.set_up(record, dialect)
    for cut in recordings.CUTS:
        stage.answers(record, cut(recordings.body_of(record)))
        ask = DIALECTS[dialect]
        if record["status"] >= 400:
            with pytest.raises((openai.APIStatusError, anthropic.APIStatusError)) as raised:
                ask(stage.clients, name, streamed=record["streaming"])
            assert raised.value.status_code == record["status"]
            assert google_message(record) in str(raised.value)
        else:
            assert ask(stage.clients, name, streamed=record["streaming"]) == said(record)
            usage_is_as_reported(record)
        assert stage.was_asked_at(record)


@pytest.mark.parametrize("record", recordings.parameters(is_embedding))
def test_vectors_are_those_of_google(record: Recording, stage: Stage):
    name, client = stage.set_up(record), stage.clients.chat
    stage.answers(record, [recordings.body_of(record)])
    if record["status"] >= 400:
        with pytest.raises(openai.NotFoundError) as raised:
            client.embeddings.create(model=name, input=EMBEDDED)
        assert google_message(record) in str(raised.value)
        return
    for options, tolerance in (({}, 1e-6), ({"encoding_format": "float"}, 0)):
        answer = client.embeddings.create(model=name, input=EMBEDDED, **options)
        assert answer.data[0].embedding == pytest.approx(vector(record), rel=tolerance, abs=0)
        assert stage.was_asked_at(record)
        row = booked().latest("at")
        assert answer.usage.prompt_tokens == row.input_tokens > 0
        if record["usage"] is None:
            assert row.usage_source == "estimated"
        else:
            assert row.usage_source == "provider"
            assert row.input_tokens == record["usage"]["input"]


@pytest.mark.parametrize("record", recordings.parameters(is_count))
def test_counts_are_those_of_google(record: Recording, stage: Stage):
    name, client = stage.set_up(record), stage.clients.messages
    stage.answers(record, [recordings.body_of(record)])
    if record["status"] >= 400:
        with pytest.raises(anthropic.NotFoundError) as raised:
            client.messages.count_tokens(model=name, messages=TURN)
        assert google_message(record) in str(raised.value)
    else:
        counted = client.messages.count_tokens(model=name, messages=TURN)
        assert counted.input_tokens == record["usage"]["input"]
    assert stage.was_asked_at(record)


def said(record: Recording) -> Said:
    """What Google said, from its own body."""
    candidates = [
        candidate for chunk in chunks_of(record) for candidate in chunk.get("candidates", [])
    ]
    parts = [part for each in candidates for part in each.get("content", {}).get("parts", [])]
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    reasons = [each["finishReason"] for each in candidates if each.get("finishReason")]
    finish = FINISHED[reasons[-1]] if reasons else "filtered"
    tokens = read_usage("gemini", record["usage"]["raw"]).tokens
    return Said(
        "".join([part.get("text", "") for part in parts]),
        [(call["name"], call.get("args", {})) for call in calls],
        "tool_calls" if calls and finish == "stop" else finish,
        (tokens.input, tokens.output),
    )


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


def test_the_token_of_vertex_is_asked_for_once(upstream: FakeUpstream, plane: Plane):
    model = google.callable_model("vertex", "gemini-2.5-pro", upstream.url)
    plane.wait_for_catalog(model.id)
    body = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}
    upstream.script = google.Answering(Scripted(200, pieces=[json.dumps(body).encode()]))
    with clients(plane.url, catalog.key()) as asking:
        for _ in range(5):
            asking.chat.chat.completions.create(model=model.id, messages=TURN)

    paths = [asked.path for asked in upstream.asked]
    assert paths.count(TOKEN_PATH) == 1
    assert len(paths) == 6
    assert upstream.asked[-1].headers["authorization"] == "Bearer token-1"
