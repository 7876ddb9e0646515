"""Claude for clients who speak another dialect: requests written, answers read."""

from dataplane.conversation.answer import Completion
from dataplane.conversation.request import Conversation
from dataplane.metering.worst_case.estimate import output_limit
from dataplane.providers.anthropic.answers import read_completion
from dataplane.providers.anthropic.errors import read_error
from dataplane.providers.anthropic.requests import written
from dataplane.providers.anthropic.sites import BETA_HEADER, Question, Site
from dataplane.providers.anthropic.streams import MessagesEventReader
from dataplane.providers.base import EventReader, Reply, UpstreamError, UpstreamRequest
from dataplane.providers.sse import EventSplitter
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment


class AnthropicConversing:
    """Messages in the version that `sites.VERSION` names, whatever the client's headers say."""

    def __init__(self, site: Site, output_tokens_default: int) -> None:
        self._site = site
        self._output_tokens_default = output_tokens_default

    async def request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        most = conversation.max_output_tokens
        if most is None:  # the API wants a limit: the one that money was set aside for
            most = output_limit(call, deployment, self._output_tokens_default)
        fields, betas = written(conversation, deployment.upstream_model, most)
        if call.streamed:
            fields["stream"] = True
        headers = {BETA_HEADER: b",".join(sorted(betas))} if betas else {}
        question = Question(fields, Endpoint.MESSAGES, call.streamed, headers)
        return await self._site.request(question, deployment)

    def splitter(self, event_bytes_max: int) -> EventSplitter:
        return EventSplitter(event_bytes_max)

    def read_answer(self, reply: Reply) -> Completion:
        return read_completion(reply)

    def read_stream(self) -> EventReader:
        return MessagesEventReader()

    def read_error(self, reply: Reply) -> UpstreamError:
        return read_error(reply)
