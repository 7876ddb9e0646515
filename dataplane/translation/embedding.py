"""Texts made into vectors by a provider that speaks another dialect than `/v1/embeddings`."""

from dataplane.dialects.embeddings import EmbeddingsDialect
from dataplane.metering.worst_case.estimate import input_tokens_guessed
from dataplane.providers.base import (
    AnswerUnusable,
    Embedding,
    Reply,
    Untranslatable,
    UpstreamRequest,
    WholeAnswer,
)
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment
from dataplane.translation.asking import AskingOnce
from dataplane.translation.refusing import unsupported


class TranslatedEmbedding(AskingOnce):
    """One provider of vectors."""

    def __init__(self, provider: Embedding) -> None:
        self._dialect = EmbeddingsDialect()
        self._provider = provider
        super().__init__(provider)

    async def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest:
        asked = self._dialect.read(call)
        try:
            request = await self._provider.embed_request(asked, call, deployment)
        except Untranslatable as error:
            raise unsupported(self._dialect, error, deployment) from error
        call.ignored = ["user"] if asked.end_user else []
        return request

    def read_answer(self, call: GatewayRequest, reply: Reply) -> WholeAnswer:
        """A client is told the estimate that is booked where the provider counts nothing."""
        embeddings = self._provider.read_embeddings(reply)
        if len(embeddings.vectors) != len(self._dialect.read(call).inputs):
            raise AnswerUnusable
        is_counted = embeddings.usage is not None
        tokens = embeddings.tokens.input if is_counted else input_tokens_guessed(call)
        try:
            written = self._dialect.write(call, embeddings, tokens)
        except OverflowError as error:
            raise AnswerUnusable from error
        return WholeAnswer(written, embeddings.usage, output_bytes=0)
