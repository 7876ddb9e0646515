"""Tokens counted by a provider that speaks another dialect than `/v1/messages/count_tokens`."""

import msgspec

from dataplane.dialects.base import Dialect
from dataplane.providers.base import (
    Counting,
    Reply,
    Untranslatable,
    UpstreamRequest,
    WholeAnswer,
)
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment
from dataplane.translation.asking import AskingOnce
from dataplane.translation.refusing import unsupported

_encode = msgspec.json.encode


class TranslatedCount(AskingOnce):
    """One provider that counts. What it would be asked is written as if it were to answer."""

    def __init__(self, dialect: Dialect, provider: Counting) -> None:
        super().__init__(provider)
        self._dialect = dialect
        self._provider = provider

    async def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest:
        conversation = self._dialect.read(call)
        try:
            request = await self._provider.count_request(conversation, call, deployment)
        except Untranslatable as error:
            raise unsupported(self._dialect, error, deployment) from error
        call.ignored = [self._dialect.param(name) for name in conversation.ignored]
        return request

    def read_answer(self, call: GatewayRequest, reply: Reply) -> WholeAnswer:
        written = _encode({"input_tokens": self._provider.read_count(reply)})
        return WholeAnswer(written, usage=None, output_bytes=0)
