"""OpenAI's Chat Completions, asked for what any dialect says: `Conversing` for `openai`,
`openai_compatible` and `azure_openai`, at the addresses and with the headers of each."""

import msgspec

from dataplane.conversation.answer import Completion
from dataplane.conversation.request import Conversation
from dataplane.providers.base import Reply, UpstreamError, UpstreamRequest
from dataplane.providers.openai import OpenAI
from dataplane.providers.openai_conversing.answers import read_completion
from dataplane.providers.openai_conversing.manners import manners_of
from dataplane.providers.openai_conversing.requests import write_body
from dataplane.providers.openai_conversing.streams import ChatEventReader
from dataplane.providers.openai_errors import read_error
from dataplane.providers.sse import EventSplitter
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment

_encode = msgspec.json.encode


class OpenAIConversing:
    """`openai` knows the address, the headers and the credential."""

    def __init__(self, openai: OpenAI) -> None:
        self._openai = openai

    async def request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        provider = deployment.provider
        body = write_body(
            conversation,
            deployment.upstream_model,
            manners_of(provider),
            streamed=call.streamed,
        )
        return UpstreamRequest(
            url=self._openai.url(provider, Endpoint.CHAT_COMPLETIONS, deployment),
            headers=self._openai.headers(provider, call),
            body=_encode(body),
        )

    def splitter(self, event_bytes_max: int) -> EventSplitter:
        return EventSplitter(event_bytes_max)

    def read_answer(self, reply: Reply) -> Completion:
        return read_completion(reply.body)

    def read_stream(self) -> ChatEventReader:
        return ChatEventReader()

    def read_error(self, reply: Reply) -> UpstreamError:
        return read_error(reply)
