"""Which way a call takes: by the endpoint it came in at and the provider it goes to."""

from collections.abc import Mapping

from dataplane.dialects.base import Dialect
from dataplane.errors import Unsupported
from dataplane.providers.azure_openai import AzureOpenAI
from dataplane.providers.base import Conversing, WireFormat
from dataplane.providers.openai import OpenAI
from dataplane.request import Endpoint
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
OPENAI, AZURE = OpenAI(), AzureOpenAI()

# Providers that speak the endpoint's own dialect: bytes pass through.
PASSING: Mapping[tuple[str, Endpoint], WireFormat] = {
    **{("openai", endpoint): OPENAI for endpoint in OPENAI_ENDPOINTS},
    **{("openai_compatible", endpoint): OPENAI for endpoint in OPENAI_ENDPOINTS},
    **{("azure_openai", endpoint): AZURE for endpoint in OPENAI_ENDPOINTS},
}
# What all others are translated from, and to.
DIALECTS: Mapping[Endpoint, Dialect] = {}
CONVERSING: Mapping[str, Conversing] = {}
TRANSLATED: Mapping[tuple[str, Endpoint], WireFormat] = {
    (kind, endpoint): Translated(dialect, provider)
    for endpoint, dialect in DIALECTS.items()
    for kind, provider in CONVERSING.items()
}
WIRE_FORMATS: Mapping[tuple[str, Endpoint], WireFormat] = {**TRANSLATED, **PASSING}


def wire_format(endpoint: Endpoint, deployment: Deployment) -> WireFormat:
    """Raises `Unsupported` where the provider has nothing that the endpoint asks for."""
    kind = _kind(deployment)
    if (found := WIRE_FORMATS.get((kind, endpoint))) is not None:
        return found
    raise Unsupported(
        "endpoint_not_supported",
        f"/v1/{endpoint.value} cannot be answered by '{deployment.id}': providers of kind "
        f"'{deployment.provider.kind}' have nothing like it.",
        param="model",
    )


def _kind(deployment: Deployment) -> str:
    kind = deployment.provider.kind
    if kind == "vertex" and "claude" in deployment.upstream_model:
        return VERTEX_CLAUDE
    return kind
