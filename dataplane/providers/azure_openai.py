"""Azure OpenAI: OpenAI's bodies under Azure's own paths, header and API version."""

from dataplane.providers.headers import api_key_in, with_query
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
        base_url = provider.base_url.removesuffix("/openai")
        return with_query(f"{base_url}/openai/{path}", provider, **{"api-version": API_VERSION})

    def authorization(self, provider: Provider) -> dict[str, str]:
        return api_key_in("api-key", provider)
