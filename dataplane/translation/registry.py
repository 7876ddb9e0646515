"""Which way a call takes: by the endpoint it came in at and the provider it goes to."""

from collections.abc import Mapping

from dataplane.dialects.base import Dialect
from dataplane.dialects.responses.dialect import Responses
from dataplane.errors import Unsupported
from dataplane.media.fetcher import MediaFetcher
from dataplane.providers.anthropic.conversing import AnthropicConversing
from dataplane.providers.anthropic.passing import AnthropicPassing
from dataplane.providers.anthropic.sites import AnthropicSite
from dataplane.providers.anthropic.vertex import VertexSite
from dataplane.providers.azure_openai import AzureOpenAI
from dataplane.providers.base import Conversing, WireFormat
from dataplane.providers.openai import OpenAI
from dataplane.providers.vertex.access_tokens import AccessTokens
from dataplane.request import ANTHROPIC_ENDPOINTS, Endpoint
from dataplane.snapshot.model import Deployment
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
        conversing = _conversing(media, tokens, output_tokens_default)
        self._ways = {**_translated(_dialects(), conversing), **_passing(tokens)}

    def find(self, endpoint: Endpoint, deployment: Deployment) -> WireFormat:
        """Raises `Unsupported` where the provider has nothing that the endpoint asks for."""
        if (found := self._ways.get((_kind(deployment), endpoint))) is not None:
            return found
        raise Unsupported(
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
) -> dict[Way, WireFormat]:
    """All pairs of a client's dialect and a provider."""
    return {
        (kind, endpoint): Translated(dialect, provider)
        for endpoint, dialect in dialects.items()
        for kind, provider in providers.items()
    }


def _dialects() -> dict[Endpoint, Dialect]:
    return {Endpoint.RESPONSES: Responses()}


def _conversing(
    media: MediaFetcher, tokens: AccessTokens, output_tokens_default: int
) -> dict[str, Conversing]:
    return {
        "anthropic": AnthropicConversing(AnthropicSite(), output_tokens_default),
        VERTEX_CLAUDE: AnthropicConversing(VertexSite(tokens), output_tokens_default),
    }


def _kind(deployment: Deployment) -> str:
    kind = deployment.provider.kind
    if kind == "vertex" and "claude" in deployment.upstream_model:
        return VERTEX_CLAUDE
    return kind
