"""Claude at Google's Vertex AI: Anthropic's bodies, but for the model, at Google's addresses.

https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai: the model stands in the
path, the version in the body, and whether the answer is streamed in both.
"""

import msgspec

from dataplane.providers.anthropic.sites import BETA_HEADER, Question
from dataplane.providers.base import UpstreamRequest
from dataplane.providers.headers import ProviderHeaders, with_query
from dataplane.providers.vertex.access_tokens import AccessTokens
from dataplane.providers.vertex.addresses import model_url
from dataplane.request import Endpoint
from dataplane.snapshot.model import Deployment, Provider

VERSION = "vertex-2023-10-16"
PUBLISHER = "anthropic"
COUNTER = "count-tokens"
"""Stands in the place of a model, which is then in the body."""
AUTHORIZATION = b"authorization"

_encode = msgspec.json.encode


class VertexSite:
    """`vertex`, for models of Anthropic's."""

    def __init__(self, tokens: AccessTokens) -> None:
        self._tokens = tokens
        self._headers = ProviderHeaders(_nothing_more, (BETA_HEADER, AUTHORIZATION))

    async def request(self, question: Question, deployment: Deployment) -> UpstreamRequest:
        provider = deployment.provider
        token = await self._tokens.token(provider)
        project = await self._tokens.project(provider)
        headers = {
            BETA_HEADER: question.headers.get(BETA_HEADER, b""),
            AUTHORIZATION: f"Bearer {token}".encode(),
        }
        return UpstreamRequest(
            url=with_query(_url(question, deployment, project), provider),
            headers=self._headers.of(provider, headers),
            body=_body(question, deployment),
        )


def _url(question: Question, deployment: Deployment, project: str) -> str:
    is_count = question.endpoint is Endpoint.COUNT_TOKENS
    model = COUNTER if is_count else deployment.upstream_model
    verb = "streamRawPredict" if question.streamed and not is_count else "rawPredict"
    return model_url(deployment.provider, project, PUBLISHER, model, verb)


def _body(question: Question, deployment: Deployment) -> bytes:
    body = {**question.fields, "anthropic_version": VERSION}
    if question.endpoint is Endpoint.COUNT_TOKENS:
        body["model"] = deployment.upstream_model
    else:
        body.pop("model", None)
    return _encode(body)


def _nothing_more(provider: Provider) -> dict[str, str]:
    """The token comes with each request."""
    return {}
