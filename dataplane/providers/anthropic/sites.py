"""Where Claude is asked in Anthropic's dialect: at Anthropic's own API.

https://platform.claude.com/docs/en/api/overview for the headers, /api/versioning for the version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from dataplane.providers.base import UpstreamRequest
from dataplane.providers.headers import ProviderHeaders, api_key_in, with_query
from dataplane.request import Endpoint
from dataplane.snapshot.model import Deployment, Provider

VERSION = "2023-06-01"
"""What translated requests are written in, and what a client that names none is taken to mean."""
VERSION_HEADER = "anthropic-version"
BETA_HEADER = b"anthropic-beta"

_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, wherever Claude is: the fields of the body, but for what sites differ in."""

    fields: Mapping[str, Any]
    endpoint: Endpoint
    streamed: bool
    headers: Mapping[bytes, bytes]
    """The client's, of which a site forwards what it may."""


class Site(Protocol):
    """A place that speaks Anthropic's dialect, at addresses and with a credential of its own."""

    async def request(self, question: Question, deployment: Deployment) -> UpstreamRequest:
        """For the deployment's model. Raises `CredentialUnusable`."""


class AnthropicSite:
    """`anthropic`: Anthropic's own API, or a server with the same paths."""

    def __init__(self) -> None:
        self._headers = ProviderHeaders(
            _authorization,
            (VERSION_HEADER.encode(), BETA_HEADER),
            {VERSION_HEADER: VERSION},
        )

    async def request(self, question: Question, deployment: Deployment) -> UpstreamRequest:
        provider = deployment.provider
        # People write the address as the SDK wants it (without /v1) or as OpenAI's (with it).
        base_url = provider.base_url.removesuffix("/v1")
        return UpstreamRequest(
            url=with_query(f"{base_url}/v1/{question.endpoint.value}", provider),
            headers=self._headers.of(provider, question.headers),
            body=_encode({**question.fields, "model": deployment.upstream_model}),
        )


def _authorization(provider: Provider) -> dict[str, str]:
    return api_key_in("x-api-key", provider)
