"""`bedrock`: requests written and signed, answers read."""

import time
from typing import Any

import httpx
import msgspec

from dataplane.conversation.answer import Completion
from dataplane.conversation.embeddings import Embeddings, EmbeddingsAsked
from dataplane.conversation.request import Conversation
from dataplane.media.fetcher import MediaFetcher
from dataplane.metering.worst_case.estimate import output_limit
from dataplane.providers.base import (
    AnswerUnusable,
    EventReader,
    Reply,
    UpstreamError,
    UpstreamRequest,
)
from dataplane.providers.bedrock import answers, embeddings, errors, requests
from dataplane.providers.bedrock.addresses import Address, address_of, base_model
from dataplane.providers.bedrock.credentials import AwsCredentials, bearer_of
from dataplane.providers.bedrock.frames import FrameSplitter
from dataplane.providers.bedrock.signatures import signed
from dataplane.providers.bedrock.streams import ConverseStreamReader
from dataplane.providers.headers import USER_AGENT
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment, Provider

_encode = msgspec.json.encode


class Bedrock:
    """Conversations, embeddings, and counts of tokens."""

    def __init__(
        self,
        media: MediaFetcher,
        output_tokens_default: int,
        credentials: AwsCredentials | None = None,
    ) -> None:
        self._media = media
        self._output_tokens_default = output_tokens_default
        self._credentials = credentials or AwsCredentials()

    async def request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        body = await self._written(conversation, call, deployment)
        operation = "converse-stream" if call.streamed else "converse"
        return await self._addressed(address_of(deployment, operation), deployment.provider, body)

    async def count_request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        """Counted is what the model itself reads, wherever it may be served."""
        fields = await self._written(conversation, call, deployment)
        counted = {name: fields[name] for name in requests.COUNTED if name in fields}
        model = base_model(deployment.upstream_model)
        address = address_of(deployment, "count-tokens", model)
        body = {"input": {"converse": counted}}
        return await self._addressed(address, deployment.provider, body)

    async def embed_request(
        self, asked: EmbeddingsAsked, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        body = embeddings.written(asked, deployment.upstream_model)
        address = address_of(deployment, "invoke")
        return await self._addressed(address, deployment.provider, body)

    def splitter(self, event_bytes_max: int) -> FrameSplitter:
        return FrameSplitter(event_bytes_max)

    def read_answer(self, reply: Reply) -> Completion:
        return answers.read_answer(reply)

    def read_stream(self) -> EventReader:
        return ConverseStreamReader()

    def read_count(self, reply: Reply) -> int:
        count = errors.decoded(reply.body).get("inputTokens")
        if type(count) is not int or count < 0:
            raise AnswerUnusable
        return count

    def read_embeddings(self, reply: Reply) -> Embeddings:
        return embeddings.read_embeddings(reply)

    def read_error(self, reply: Reply) -> UpstreamError:
        return errors.read_error(reply)

    async def _written(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> dict[str, Any]:
        await self._media.fill_in(conversation)
        limit = conversation.max_output_tokens
        if limit is None:
            limit = output_limit(call, deployment, self._output_tokens_default)
        return requests.written(conversation, deployment, limit)

    async def _addressed(
        self, address: Address, provider: Provider, fields: dict[str, Any]
    ) -> UpstreamRequest:
        """Signed, or with a key that needs no signature. Raises `CredentialUnusable`."""
        body = _encode(fields)
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": USER_AGENT,
            **{name.lower(): value for name, value in provider.extra_headers.items()},
        }
        if bearer := bearer_of(provider.credential):
            headers["authorization"] = f"Bearer {bearer}"
        else:
            keys = await self._credentials.keys(provider.credential)
            headers = signed(keys, address.target, headers, body, time.time())
        return UpstreamRequest(address.url, httpx.Headers(headers, encoding="latin-1"), body)
