"""`GET /v1/models` and `/v1/models/{id}`: what the key may call, in OpenAI's form."""

from collections.abc import Iterator
from typing import Any

import msgspec

from dataplane.access.authentication import authenticate
from dataplane.access.permissions import may_call
from dataplane.endpoints.http import Scope, Send, headers_of, send_error, send_whole
from dataplane.errors import GatewayError, NotFound
from dataplane.gateway import Gateway
from dataplane.request import new_request_id
from dataplane.snapshot.model import Catalog, Deployment, VirtualKey
from dataplane.snapshot.resolve import listed_deployment, resolve

JSON = {"content-type": "application/json"}


async def serve(gateway: Gateway, scope: Scope, send: Send, model: str | None) -> None:
    """The list, or one model of it."""
    at = gateway.clock.now()
    request_id = new_request_id(at)
    try:
        key = await authenticate(headers_of(scope), gateway.keys.find, at)
        answer = _one(gateway.catalog, key, model) if model else _all(gateway.catalog, key)
    except GatewayError as error:
        await send_error(send, error, request_id)
        return
    await send_whole(send, 200, {**JSON, "x-request-id": request_id}, msgspec.json.encode(answer))


def _all(catalog: Catalog, key: VirtualKey) -> dict[str, Any]:
    entries = {
        name: _entry(name, deployment)
        for name, deployment in _offered(catalog)
        if may_call(key, name, deployment)
    }
    return {"object": "list", "data": list(entries.values())}


def _one(catalog: Catalog, key: VirtualKey, name: str) -> dict[str, Any]:
    for deployment in resolve(catalog, name, key.allowed_providers):
        if may_call(key, name, deployment):
            return _entry(name, deployment)
    raise NotFound("model_not_found", f"The model '{name}' does not exist.", param="model")


def _offered(catalog: Catalog) -> Iterator[tuple[str, Deployment]]:
    """Aliases, configured models, then what the price lists of the providers know."""
    for alias, deployments in catalog.aliases.items():
        for deployment in deployments:
            yield alias, deployment
    yield from catalog.models.items()
    for provider in catalog.providers.values():
        for listing in catalog.listings.get(provider.vendor, ()):
            deployment = listed_deployment(provider, listing.name, listing)
            if deployment.id not in catalog.models and deployment.id not in catalog.switched_off:
                yield deployment.id, deployment


def _entry(name: str, deployment: Deployment) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": deployment.provider.id}
