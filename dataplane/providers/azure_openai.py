"""Azure OpenAI: OpenAI's bodies under Azure's own paths, header and API version."""

from urllib.parse import urlencode

from dataplane.providers.openai import OpenAI
from dataplane.request import Endpoint
from dataplane.snapshot.model import Deployment, Provider

API_VERSION = "2024-10-21"


class AzureOpenAI(OpenAI):
    """`azure_openai`: the upstream model is the name of Azure's deployment.

    A base URL that ends in `/v1` is Azure's newer surface, whose paths are OpenAI's own.
    """

    def url(self, provider: Provider, endpoint: Endpoint, deployment: Deployment) -> str:
        if provider.base_url.endswith("/v1"):
            return super().url(provider, endpoint, deployment)
        path = endpoint.value
        if endpoint is not Endpoint.RESPONSES:
            path = f"deployments/{deployment.upstream_model}/{path}"
        query = {"api-version": API_VERSION, **provider.extra_query}
        base_url = provider.base_url.removesuffix("/openai")
        return f"{base_url}/openai/{path}?{urlencode(query)}"

    def authorization(self, provider: Provider) -> dict[str, str]:
        api_key = provider.credential.get("api_key")
        return {(provider.auth_header or "api-key").lower(): api_key} if api_key else {}
