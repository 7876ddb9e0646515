"""Vertex AI behind the gateway: addresses, credentials, tiers, vectors (synthetic)."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests import catalog
from tests.fakes import google
from tests.fakes.google_accounts import key_file
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane

SAYING = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}
MESSAGES: list[Any] = [{"role": "user", "content": "Hello"}]
PLACE = f"/v1/projects/{google.PROJECT}/locations/{google.REGION}/publishers/google/models"


@pytest.fixture
def secret(database: str) -> str:
    return catalog.key()


@pytest.fixture
def client(plane: Plane, secret: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
        yield client


def set_up(
    plane: Plane, upstream: FakeUpstream, credential: dict[str, Any], name: str, **place: str
) -> str:
    far = google.provider("vertex", upstream.url, credential)
    for field, value in place.items():
        setattr(far, field, value)
    far.save()
    model = catalog.priced_model(name, of=far)
    plane.wait_for_catalog(model.id)
    return model.id


def test_a_key_without_a_project_calls_in_express_mode(
    client: openai.OpenAI, plane: Plane, upstream: FakeUpstream
):
    model = set_up(plane, upstream, google.API_KEY, "gemini-2.5-flash", project="")
    upstream.answers(whole(SAYING))

    client.chat.completions.create(model=model, messages=MESSAGES)

    asked = upstream.asked[-1]
    assert asked.path == "/v1/publishers/google/models/gemini-2.5-flash:generateContent"
    assert asked.headers["x-goog-api-key"] == google.API_KEY["api_key"]
    assert "authorization" not in asked.headers


def test_a_tier_is_a_header(client: openai.OpenAI, plane: Plane, upstream: FakeUpstream):
    account = {"service_account": key_file(upstream.url)}
    model = set_up(plane, upstream, account, "google/gemini-2.5-flash")
    upstream.script = google.Answering(whole(SAYING))

    client.chat.completions.create(model=model, messages=MESSAGES, service_tier="flex")

    asked = upstream.asked[-1]
    assert asked.path == f"{PLACE}/gemini-2.5-flash:generateContent"
    assert asked.headers["x-vertex-ai-llm-shared-request-type"] == "flex"
    assert "serviceTier" not in asked.json


@pytest.mark.parametrize("refusal", ["invalid_grant", "unauthorized_client"])
def test_a_credential_that_google_refuses_fails_without_a_word_of_it(
    refusal: str,
    client: openai.OpenAI,
    plane: Plane,
    upstream: FakeUpstream,
    caplog: pytest.LogCaptureFixture,
):
    account = key_file(upstream.url)
    model = set_up(plane, upstream, {"service_account": account}, "gemini-2.5-flash")
    said = {"error": refusal, "error_description": f"Invalid: {account['client_email']}"}
    upstream.answers(whole(said, status=400))

    with pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model=model, messages=MESSAGES)

    assert raised.value.code == "upstream_failed"
    assert account["client_email"] not in str(raised.value) + caplog.text
    assert f"Google's token service refuses it ({refusal})" in caplog.text


def vector(*values: float, tokens: int) -> dict[str, Any]:
    return {"embeddings": {"values": list(values), "statistics": {"token_count": tokens}}}


def test_older_models_of_vectors_take_several_texts(
    client: openai.OpenAI, plane: Plane, upstream: FakeUpstream
):
    account = {"service_account": key_file(upstream.url)}
    model = set_up(plane, upstream, account, "text-embedding-005")
    predictions = [vector(0.5, 1, tokens=3), vector(0.25, 2, tokens=4)]
    upstream.script = google.Answering(whole({"predictions": predictions}))

    answer = client.embeddings.create(model=model, input=["one", "two"], dimensions=2)

    assert [each.embedding for each in answer.data] == [[0.5, 1], [0.25, 2]]
    assert answer.usage.prompt_tokens == 7
    asked = upstream.asked[-1]
    assert asked.path == f"{PLACE}/text-embedding-005:predict"
    assert json.loads(asked.body) == {
        "instances": [{"content": "one"}, {"content": "two"}],
        "parameters": {"outputDimensionality": 2},
    }


def test_newer_models_of_vectors_take_one_text_at_a_time(
    client: openai.OpenAI, plane: Plane, upstream: FakeUpstream
):
    account = {"service_account": key_file(upstream.url)}
    model = set_up(plane, upstream, account, "gemini-embedding-2")
    usage = {"promptTokenCount": 3, "totalTokenCount": 3}
    said = {"embedding": {"values": [0.5, 1]}, "usageMetadata": usage}
    upstream.script = google.Answering(whole(said))

    answer = client.embeddings.create(model=model, input=["one"], dimensions=2)

    assert answer.data[0].embedding == [0.5, 1]
    assert upstream.asked[-1].path == f"{PLACE}/gemini-embedding-2:embedContent"
    assert upstream.asked[-1].json == {
        "content": {"parts": [{"text": "one"}]},
        "outputDimensionality": 2,
    }
    with pytest.raises(openai.BadRequestError) as raised:
        client.embeddings.create(model=model, input=["one", "two"])
    assert (raised.value.code, raised.value.param) == ("unsupported_parameter", "input")
