"""`GET /v1/models` and `/v1/models/{id}`: what the key may call."""

from collections.abc import Iterator
from typing import Any

import msgspec

from dataplane.access.authentication import authenticate
from dataplane.access.permissions import may_call
from dataplane.endpoints.http import (
    Scope,
    Send,
    headers_of,
    request_id_headers,
    send_error,
    send_whole,
)
from dataplane.errors import GatewayError, NotFound
from dataplane.gateway import Gateway
from dataplane.request import Endpoint, new_request_id
from dataplane.snapshot.model import Catalog, Deployment, VirtualKey
from dataplane.snapshot.resolve import offered_models, resolve

JSON = {"content-type": "application/json"}
ANTHROPIC_VERSION = b"anthropic-version"
"""Every client that speaks Anthropic's dialect sends this header."""
UNKNOWN_TIME = "1970-01-01T00:00:00Z"

Entry = dict[str, Any]


async def serve(gateway: Gateway, scope: Scope, send: Send, model: str | None) -> None:
    """The list, or one model of it, in Anthropic's form for clients that speak its dialect."""
    at, headers = gateway.clock.now(), headers_of(scope)
    request_id = new_request_id(at)
    endpoint = Endpoint.MESSAGES if ANTHROPIC_VERSION in headers else None
    entry = _anthropics_entry if endpoint else _entry
    try:
        key = await authenticate(headers, gateway.keys.find, at)
        if model:
            answer = entry(model, _one(gateway.catalog, key, model))
        else:
            entries = [entry(*each) for each in _all(gateway.catalog, key).items()]
            answer = _anthropics_list(entries) if endpoint else _list(entries)
    except GatewayError as error:
        await send_error(send, error, request_id, endpoint)
        return
    told = {**JSON, **request_id_headers(request_id, endpoint)}
    await send_whole(send, 200, told, msgspec.json.encode(answer))


def _all(catalog: Catalog, key: VirtualKey) -> dict[str, Deployment]:
    return {
        name: deployment
        for name, deployment in _offered(catalog)
        if may_call(key, name, deployment)
    }


def _one(catalog: Catalog, key: VirtualKey, name: str) -> Deployment:
    for deployment in resolve(catalog, name, key.allowed_providers):
        if may_call(key, name, deployment):
            return deployment
    raise NotFound("model_not_found", f"The model '{name}' does not exist.", param="model")


def _offered(catalog: Catalog) -> Iterator[tuple[str, Deployment]]:
    """Aliases, configured models, then what the price lists of the providers know."""
    for alias, deployments in catalog.aliases.items():
        for deployment in deployments:
            yield alias, deployment
    for deployment in offered_models(catalog):
        yield deployment.id, deployment


def _entry(name: str, deployment: Deployment) -> Entry:
    return {"id": name, "object": "model", "created": 0, "owned_by": deployment.provider.id}


def _list(entries: list[Entry]) -> Entry:
    return {"object": "list", "data": entries}


def _anthropics_entry(name: str, deployment: Deployment) -> Entry:
    return {"type": "model", "id": name, "display_name": name, "created_at": UNKNOWN_TIME}


def _anthropics_list(entries: list[Entry]) -> Entry:
    """All on one page."""
    first, last = (entries[0]["id"], entries[-1]["id"]) if entries else (None, None)
    return {"data": entries, "has_more": False, "first_id": first, "last_id": last}
