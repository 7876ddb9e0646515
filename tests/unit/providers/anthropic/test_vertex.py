"""Claude at Vertex AI: what differs from Anthropic's own API."""

import json
from typing import Any

import pytest

from dataplane.providers.anthropic.passing import AnthropicPassing
from dataplane.providers.anthropic.sites import AnthropicSite, Site
from dataplane.providers.anthropic.vertex import VertexSite
from dataplane.providers.base import AnswerUnusable, UpstreamRequest
from dataplane.request import Endpoint
from tests import estimates
from tests.unit.providers.anthropic.asking import asking, call, deployment, provider, reply, request

MODEL = "claude-sonnet-4-5@20250929"
BODY = {"model": "far/claude", "max_tokens": 9, "messages": [], "unknown": {"a": 1.0}}
REGIONAL = "https://europe-west1-aiplatform.googleapis.com/v1"
PLACE = "projects/acme/locations/europe-west1/publishers/anthropic/models"


class Tokens:
    """Stands for Google's token service."""

    async def token(self, provider: Any) -> str:
        return "ya29.token"

    async def project(self, provider: Any) -> str:
        return "acme"


def at_vertex(**fields: Any) -> Any:
    row = {"kind": "vertex", "base_url": "", "region": "europe-west1", "vendor": "google"}
    fields = {**row, **fields}
    if not fields["base_url"]:
        fields["base_url"] = f"https://{fields['region']}-aiplatform.googleapis.com"
    return deployment(MODEL, provider=provider(**fields))


async def passed(
    to: Any, endpoint: Endpoint = Endpoint.MESSAGES, *, site: Site | None = None, **body: Any
) -> UpstreamRequest:
    asked = estimates.call({**BODY, **body}, endpoint)
    asked.streamed = body.get("stream", False)
    asked.headers = {b"anthropic-version": b"2026-10-21", b"anthropic-beta": b"context-1m"}
    return await AnthropicPassing(site or VertexSite(Tokens())).request(asked, to)


async def test_the_model_stands_in_the_path_and_the_version_in_the_body():
    asked = await passed(at_vertex())

    assert asked.url == f"{REGIONAL}/{PLACE}/{MODEL}:rawPredict"
    assert asked.headers["authorization"] == "Bearer ya29.token"
    assert asked.headers["anthropic-beta"] == "context-1m"
    assert "anthropic-version" not in asked.headers
    assert "x-api-key" not in asked.headers
    body = {name: value for name, value in BODY.items() if name != "model"}
    assert json.loads(asked.body) == {**body, "anthropic_version": "vertex-2023-10-16"}


async def test_a_stream_has_a_verb_of_its_own():
    asked = await passed(at_vertex(), stream=True)
    assert asked.url == f"{REGIONAL}/{PLACE}/{MODEL}:streamRawPredict"
    assert json.loads(asked.body)["stream"] is True


async def test_tokens_are_counted_at_a_model_of_that_name():
    asked = await passed(at_vertex(), Endpoint.COUNT_TOKENS)
    assert asked.url == f"{REGIONAL}/{PLACE}/count-tokens:rawPredict"
    assert json.loads(asked.body)["model"] == MODEL


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        (
            {"region": "global"},
            "https://aiplatform.googleapis.com/v1/projects/acme/locations/global/",
        ),
        ({"region": "us"}, "https://aiplatform.us.rep.googleapis.com/v1/projects/"),
        ({"base_url": "https://gw.test"}, "https://gw.test/v1/projects/acme/"),
        ({"base_url": "https://gw.test/v1"}, "https://gw.test/v1/projects/acme/"),
    ],
)
async def test_where_regions_are(fields: dict[str, Any], host: str):
    assert (await passed(at_vertex(**fields))).url.startswith(host)


@pytest.mark.parametrize("streamed", [True, False])
async def test_conversations_go_there_too(streamed: bool):
    asked = await request(asking(), at_vertex(), streamed=streamed, site=VertexSite(Tokens()))
    verb = "streamRawPredict" if streamed else "rawPredict"
    assert asked.url == f"{REGIONAL}/{PLACE}/{MODEL}:{verb}"
    body = json.loads(asked.body)
    assert "model" not in body
    assert body["anthropic_version"] == "vertex-2023-10-16"
    assert body.get("stream", False) is streamed


async def test_at_anthropic_only_the_model_changes():
    asked = estimates.call(
        b'{"model":"far/c", "b":1.0,"a":  "\\u00e9","metadata":{"user_id":"u"}}', Endpoint.MESSAGES
    )
    asked.headers = {b"anthropic-version": b"2026-10-21"}
    sent = await AnthropicPassing(AnthropicSite()).request(asked, deployment("claude-1"))
    assert sent.body == b'{"model":"claude-1","b":1.0,"a":"\\u00e9","metadata":{"user_id":"u"}}'
    assert sent.headers["anthropic-version"] == "2026-10-21"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"input_tokens":"7"}', b'{"type":"error"}'])
def test_what_is_no_count_is_unusable(body: bytes) -> None:
    with pytest.raises(AnswerUnusable):
        AnthropicPassing(AnthropicSite()).read_answer(call(Endpoint.COUNT_TOKENS), reply(body))


def test_an_error_with_status_200_is_no_answer() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(AnswerUnusable):
        AnthropicPassing(AnthropicSite()).read_answer(call(Endpoint.MESSAGES), reply(error))
