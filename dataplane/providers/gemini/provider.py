"""The Gemini API (`gemini`), at https://ai.google.dev/api."""

import re
from typing import Any
from urllib.parse import quote

import msgspec

from dataplane.conversation.answer import Completion
from dataplane.conversation.embeddings import Embeddings, EmbeddingsAsked
from dataplane.conversation.request import Conversation
from dataplane.media.fetcher import MediaFetcher
from dataplane.metering.worst_case.estimate import output_limit
from dataplane.providers.base import (
    EventReader,
    Reply,
    Untranslatable,
    UpstreamError,
    UpstreamRequest,
)
from dataplane.providers.gemini.answers import read_completion
from dataplane.providers.gemini.counting import read_count
from dataplane.providers.gemini.embeddings import embed_body, read_embeddings
from dataplane.providers.gemini.errors import read_error
from dataplane.providers.gemini.requests import written
from dataplane.providers.gemini.streams import GeminiEventReader
from dataplane.providers.headers import ProviderHeaders, api_key_in, with_query
from dataplane.providers.sse import EventSplitter
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment, Provider

MAKER = "gemini"
API_VERSION = "v1beta"
VERSIONED = re.compile(r"/v\d+(beta|alpha)?\d*$")
# People write the address as that of Google's compatibility with OpenAI, too.
OPENAI_SUFFIX = "/openai"
RESOURCES = re.compile(r"(models|tunedModels)/[\w.-]+", re.ASCII)
TIERS = {"flex": "flex", "priority": "priority"}
TIERS_SAYING_NOTHING = (None, "auto", "default")
ANSWERING, STREAMING = "generateContent", "streamGenerateContent"
SSE = {"alt": "sse"}

_encode = msgspec.json.encode


class GeminiDialect:
    """What the Gemini API and Vertex AI have in common: how to read what they answer."""

    maker: str
    """Whose signatures these are."""

    def splitter(self, event_bytes_max: int) -> EventSplitter:
        return EventSplitter(event_bytes_max)

    def read_answer(self, reply: Reply) -> Completion:
        return read_completion(reply, self.maker)

    def read_stream(self) -> EventReader:
        return GeminiEventReader(self.maker)

    def read_error(self, reply: Reply) -> UpstreamError:
        return read_error(reply)

    def read_count(self, reply: Reply) -> int:
        return read_count(reply)


class Gemini(GeminiDialect):
    """Made once a process."""

    maker = MAKER

    def __init__(self, media: MediaFetcher, output_tokens_default: int) -> None:
        self._media = media
        self._output_tokens_default = output_tokens_default
        self._headers = ProviderHeaders(_authorization)

    async def request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        limit_output(conversation, call, deployment, self._output_tokens_default)
        body = await self._body(conversation, deployment)
        if (tier := tier_of(conversation)) is not None:
            body["serviceTier"] = tier
        verb, query = (STREAMING, SSE) if call.streamed else (ANSWERING, {})
        return self._request(deployment, verb, body, query)

    async def count_request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        """The whole request, so that instructions and tools count."""
        body = await self._body(conversation, deployment)
        whole = {"model": _resource(deployment), **body}
        return self._request(deployment, "countTokens", {"generateContentRequest": whole}, {})

    async def embed_request(
        self, asked: EmbeddingsAsked, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        body = embed_body(asked, _resource(deployment))
        return self._request(deployment, "batchEmbedContents", body, {})

    def read_embeddings(self, reply: Reply) -> Embeddings:
        return read_embeddings(reply)

    async def _body(self, conversation: Conversation, deployment: Deployment) -> dict[str, Any]:
        return await written(conversation, deployment.upstream_model, self._media, self.maker)

    def _request(
        self, deployment: Deployment, verb: str, body: dict[str, Any], query: dict[str, str]
    ) -> UpstreamRequest:
        provider = deployment.provider
        url = f"{_base_url(provider)}/{_resource(deployment)}:{verb}"
        return UpstreamRequest(
            url=with_query(url, provider, **query),
            headers=self._headers.of(provider, {}),
            body=_encode(body),
        )


def limit_output(
    conversation: Conversation, call: GatewayRequest, deployment: Deployment, default: int
) -> None:
    """Where nobody knows how much the model may write, it is told what money was set aside for."""
    if conversation.max_output_tokens is None and deployment.output_tokens_max is None:
        conversation.max_output_tokens = output_limit(call, deployment, default)


def tier_of(conversation: Conversation) -> str | None:
    """Google's word for it; None for the usual one. Raises `Untranslatable`."""
    if conversation.service_tier in TIERS_SAYING_NOTHING:
        return None
    if (tier := TIERS.get(conversation.service_tier or "")) is None:
        raise Untranslatable("service_tier")
    return tier


def _base_url(provider: Provider) -> str:
    base_url = provider.base_url.removesuffix(OPENAI_SUFFIX)
    return base_url if VERSIONED.search(base_url) else f"{base_url}/{API_VERSION}"


def _resource(deployment: Deployment) -> str:
    """`models/…`. Clients may name models, so no name leads anywhere else."""
    model = deployment.upstream_model
    return model if RESOURCES.fullmatch(model) else f"models/{quote(model, safe='')}"


def _authorization(provider: Provider) -> dict[str, str]:
    return api_key_in("x-goog-api-key", provider)
