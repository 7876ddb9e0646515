"""Which way a call takes: by the endpoint it came in at and the provider it goes to."""

from collections.abc import Mapping

from dataplane.dialects.base import Dialect
from dataplane.dialects.chat_completions import ChatCompletions
from dataplane.dialects.messages import Messages
from dataplane.dialects.responses.dialect import Responses
from dataplane.errors import Unsupported
from dataplane.media.fetcher import MediaFetcher
from dataplane.providers.anthropic.conversing import AnthropicConversing
from dataplane.providers.anthropic.passing import AnthropicPassing
from dataplane.providers.anthropic.sites import AnthropicSite
from dataplane.providers.anthropic.vertex import VertexSite
from dataplane.providers.azure_openai import AzureOpenAI
from dataplane.providers.base import Conversing, Counting, Embedding, WireFormat
from dataplane.providers.bedrock.provider import Bedrock
from dataplane.providers.gemini.provider import Gemini
from dataplane.providers.openai import OpenAI
from dataplane.providers.openai_conversing import OpenAIConversing
from dataplane.providers.vertex.access_tokens import AccessTokens
from dataplane.providers.vertex.provider import Vertex
from dataplane.request import ANTHROPIC_ENDPOINTS, Endpoint
from dataplane.snapshot.model import Deployment
from dataplane.translation.continuing import Remembering
from dataplane.translation.counting import TranslatedCount
from dataplane.translation.embedding import TranslatedEmbedding
from dataplane.translation.responses_or_chat import ResponsesOrChat
from dataplane.translation.translated import Translated

VERTEX_CLAUDE = "vertex_claude"
"""Claude at Vertex speaks Anthropic's dialect at Vertex's addresses."""

OPENAI_ENDPOINTS = (
    Endpoint.CHAT_COMPLETIONS,
    Endpoint.COMPLETIONS,
    Endpoint.EMBEDDINGS,
    Endpoint.RESPONSES,
)

Way = tuple[str, Endpoint]
"""A kind of provider, and the endpoint that the client called."""


class WireFormats:
    """Every way there is. Made once a process: what it needs from outside is given to it."""

    def __init__(
        self, media: MediaFetcher, tokens: AccessTokens, *, output_tokens_default: int
    ) -> None:
        gemini = Gemini(media, output_tokens_default)
        vertex = Vertex(media, tokens, output_tokens_default)
        bedrock = Bedrock(media, output_tokens_default)
        conversing: dict[str, Conversing] = {
            "gemini": gemini,
            "vertex": vertex,
            "bedrock": bedrock,
            **_conversing(media, tokens, output_tokens_default),
        }
        self._translated = translated = _translated(_dialects(), conversing)
        passing = _passing(tokens)
        self._ways = {
            **translated,
            **_embedding({"gemini": gemini, "vertex": vertex, "bedrock": bedrock}),
            **_counted({"gemini": gemini, "vertex": vertex, "bedrock": bedrock}),
            **passing,
        }
        self._responses = {
            kind: ResponsesOrChat(wire, translated[kind, endpoint])
            for (kind, endpoint), wire in passing.items()
            if endpoint is Endpoint.RESPONSES
        }

    def find(self, endpoint: Endpoint, deployment: Deployment) -> WireFormat:
        """Of one attempt. Raises `Unsupported` where the provider has nothing that the endpoint
        asks for."""
        if endpoint is Endpoint.RESPONSES and (either := self._responses.get(_kind(deployment))):
            return either.attempt(deployment)
        if (found := self._ways.get((_kind(deployment), endpoint))) is not None:
            return found
        raise _nothing_like(endpoint, deployment)

    def remembering(self, endpoint: Endpoint, deployment: Deployment) -> WireFormat:
        """The same, keeping what its streams say. Raises `Unsupported`."""
        wire = self.find(endpoint, deployment)
        # The events of Responses that pass could be read, but not numbered on.
        is_read = endpoint is not Endpoint.RESPONSES
        same = self._translated.get((_kind(deployment), endpoint)) if is_read else None
        return Remembering(wire, same)

    def translated(self, endpoint: Endpoint, deployment: Deployment) -> Translated:
        """The way over events, also where bytes could pass. Raises `Unsupported`."""
        if (found := self._translated.get((_kind(deployment), endpoint))) is not None:
            return found
        raise _nothing_like(endpoint, deployment)


def _nothing_like(endpoint: Endpoint, deployment: Deployment) -> Unsupported:
    return Unsupported(
        "endpoint_not_supported",
        f"/v1/{endpoint.value} cannot be answered by '{deployment.id}': providers of kind "
        f"'{deployment.provider.kind}' have nothing like it.",
        param="model",
    )


def _passing(tokens: AccessTokens) -> dict[Way, WireFormat]:
    """Providers that speak the endpoint's own dialect: bytes pass through."""
    openai, azure = OpenAI(), AzureOpenAI()
    anthropic = AnthropicPassing(AnthropicSite())
    claude_on_vertex = AnthropicPassing(VertexSite(tokens))
    return {
        **{("openai", endpoint): openai for endpoint in OPENAI_ENDPOINTS},
        **{("openai_compatible", endpoint): openai for endpoint in OPENAI_ENDPOINTS},
        **{("azure_openai", endpoint): azure for endpoint in OPENAI_ENDPOINTS},
        **{("anthropic", endpoint): anthropic for endpoint in ANTHROPIC_ENDPOINTS},
        **{(VERTEX_CLAUDE, endpoint): claude_on_vertex for endpoint in ANTHROPIC_ENDPOINTS},
    }


def _translated(
    dialects: Mapping[Endpoint, Dialect], providers: Mapping[str, Conversing]
) -> dict[Way, Translated]:
    """All pairs of a client's dialect and a provider."""
    return {
        (kind, endpoint): Translated(dialect, provider)
        for endpoint, dialect in dialects.items()
        for kind, provider in providers.items()
    }


def _embedding(providers: Mapping[str, Embedding]) -> dict[Way, WireFormat]:
    """Providers of vectors that speak another dialect than OpenAI's."""
    return {
        (kind, Endpoint.EMBEDDINGS): TranslatedEmbedding(provider)
        for kind, provider in providers.items()
    }


def _counted(providers: Mapping[str, Counting]) -> dict[Way, WireFormat]:
    """Providers that count tokens for Anthropic's clients, and speak another dialect."""
    return {
        (kind, Endpoint.COUNT_TOKENS): TranslatedCount(Messages(), provider)
        for kind, provider in providers.items()
    }


def _dialects() -> dict[Endpoint, Dialect]:
    return {
        Endpoint.CHAT_COMPLETIONS: ChatCompletions(),
        Endpoint.RESPONSES: Responses(),
        Endpoint.MESSAGES: Messages(),
    }


def _conversing(
    media: MediaFetcher, tokens: AccessTokens, output_tokens_default: int
) -> dict[str, Conversing]:
    openai = OpenAIConversing(OpenAI())
    return {
        "openai": openai,
        "openai_compatible": openai,
        "azure_openai": OpenAIConversing(AzureOpenAI()),
        "anthropic": AnthropicConversing(AnthropicSite(), output_tokens_default),
        VERTEX_CLAUDE: AnthropicConversing(VertexSite(tokens), output_tokens_default),
    }


def _kind(deployment: Deployment) -> str:
    kind = deployment.provider.kind
    if kind == "vertex" and "claude" in deployment.upstream_model:
        return VERTEX_CLAUDE
    return kind
