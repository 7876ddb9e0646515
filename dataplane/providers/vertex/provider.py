"""Gemini at Vertex AI (`vertex`): the same dialect at Google Cloud's addresses.

https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
"""

from typing import Any

import msgspec

from dataplane.conversation.embeddings import Embeddings, EmbeddingsAsked
from dataplane.conversation.request import Conversation
from dataplane.media.fetcher import MediaFetcher
from dataplane.providers.base import Reply, UpstreamRequest
from dataplane.providers.gemini.provider import (
    ANSWERING,
    SSE,
    STREAMING,
    GeminiDialect,
    limit_output,
    tier_of,
)
from dataplane.providers.gemini.requests import written
from dataplane.providers.headers import ProviderHeaders, api_key_in, with_query
from dataplane.providers.vertex.access_tokens import AccessTokens
from dataplane.providers.vertex.addresses import express_url, model_url
from dataplane.providers.vertex.embeddings import embed_question, read_embeddings
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment, Provider

MAKER = "vertex"
PUBLISHER = "google"
AUTHORIZATION = b"authorization"
TIER_HEADER = b"x-vertex-ai-llm-shared-request-type"
# What counting has no field for.
NOT_COUNTED = ("toolConfig",)

_encode = msgspec.json.encode


class Vertex(GeminiDialect):
    """Made once a process."""

    maker = MAKER

    def __init__(
        self, media: MediaFetcher, tokens: AccessTokens, output_tokens_default: int
    ) -> None:
        self._media = media
        self._tokens = tokens
        self._output_tokens_default = output_tokens_default
        self._headers = ProviderHeaders(_api_key, (AUTHORIZATION, TIER_HEADER))

    async def request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        limit_output(conversation, call, deployment, self._output_tokens_default)
        body = await self._body(conversation, deployment)
        tier = tier_of(conversation) or ""
        verb, query = (STREAMING, SSE) if call.streamed else (ANSWERING, {})
        return await self._request(deployment, verb, body, query, {TIER_HEADER: tier.encode()})

    async def count_request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        body = await self._body(conversation, deployment)
        counted = {name: value for name, value in body.items() if name not in NOT_COUNTED}
        return await self._request(deployment, "countTokens", counted)

    async def embed_request(
        self, asked: EmbeddingsAsked, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        verb, body = embed_question(asked, deployment.upstream_model)
        return await self._request(deployment, verb, body)

    def read_embeddings(self, reply: Reply) -> Embeddings:
        return read_embeddings(reply)

    async def _body(self, conversation: Conversation, deployment: Deployment) -> dict[str, Any]:
        return await written(conversation, deployment.upstream_model, self._media, self.maker)

    async def _request(
        self,
        deployment: Deployment,
        verb: str,
        body: dict[str, Any],
        query: dict[str, str] | None = None,
        headers: dict[bytes, bytes] | None = None,
    ) -> UpstreamRequest:
        provider = deployment.provider
        url, authorization = await self._place(deployment, verb)
        return UpstreamRequest(
            url=with_query(url, provider, **(query or {})),
            headers=self._headers.of(provider, {**(headers or {}), **authorization}),
            body=_encode(body),
        )

    async def _place(self, deployment: Deployment, verb: str) -> tuple[str, dict[bytes, bytes]]:
        """Where the model is, and the account's token; an API key is the provider's own header."""
        provider, model = deployment.provider, deployment.upstream_model
        if _api_key(provider):
            if not provider.project:
                return express_url(provider, PUBLISHER, model, verb), {}
            return model_url(provider, provider.project, PUBLISHER, model, verb), {}
        token = await self._tokens.token(provider)
        project = await self._tokens.project(provider)
        url = model_url(provider, project, PUBLISHER, model, verb)
        return url, {AUTHORIZATION: f"Bearer {token}".encode()}


def _api_key(provider: Provider) -> dict[str, str]:
    return api_key_in("x-goog-api-key", provider)
