"""Anthropic's dialect for clients who speak it: bytes pass through.

Of a request only `model` is replaced; every other field, known or not, goes on as it came, and so
do the version and the beta features that the client asks for. Answers go back as they are.
"""

from typing import Any

import msgspec

from dataplane.providers.anthropic.errors import refusal_in_envelope
from dataplane.providers.anthropic.passing_streams import MessagesStreamReader
from dataplane.providers.anthropic.sites import Question, Site
from dataplane.providers.base import (
    AnswerUnusable,
    Reply,
    StreamReader,
    UpstreamRequest,
    WholeAnswer,
)
from dataplane.providers.retry_after import retry_after_seconds
from dataplane.providers.sse import EventSplitter
from dataplane.providers.tolerance import Tolerant, Unreadable
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment


class _Answer(msgspec.Struct):
    """What the gateway reads of an answer; unknown fields are skipped."""

    type: Any = None
    usage: Any = None
    input_tokens: Any = None


_decode_answer = Tolerant(_Answer)


class AnthropicPassing:
    """Messages and counts of tokens, at any site that speaks the dialect."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest:
        question = Question(call.fields, call.endpoint, call.streamed, call.headers)
        return await self._site.request(question, deployment)

    def splitter(self, event_bytes_max: int) -> EventSplitter:
        return EventSplitter(event_bytes_max)

    def read_answer(self, call: GatewayRequest, reply: Reply) -> WholeAnswer:
        try:
            answer = _decode_answer(reply.body)
        except Unreadable as error:
            raise AnswerUnusable from error
        if call.endpoint is Endpoint.COUNT_TOKENS:
            if type(answer.input_tokens) is not int:
                raise AnswerUnusable
            return WholeAnswer(reply.body, None, output_bytes=0)
        if answer.type == "error":
            raise AnswerUnusable
        return WholeAnswer(reply.body, answer.usage, output_bytes=len(reply.body))

    def read_stream(self, call: GatewayRequest) -> StreamReader:
        return MessagesStreamReader()

    def refusal(self, reply: Reply, call: GatewayRequest, secrets: tuple[str, ...]) -> bytes:
        return refusal_in_envelope(reply, call, secrets)

    def retry_after_seconds(self, reply: Reply) -> float | None:
        return retry_after_seconds(reply.headers)
