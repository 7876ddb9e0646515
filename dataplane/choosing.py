"""Where a request may go: what its model means, what its key may call, and in which order."""

from collections.abc import Callable

from dataplane.access import permissions
from dataplane.access.other_models import require_others
from dataplane.errors import NotFound
from dataplane.request import GatewayRequest
from dataplane.routing.router import Route, Turn, route
from dataplane.snapshot.model import Catalog, Deployment, VirtualKey
from dataplane.snapshot.resolve import resolve


def choose(
    call: GatewayRequest,
    key: VirtualKey,
    catalog: Catalog,
    is_called: Callable[[Deployment], bool],
    turn: Turn | None = None,
) -> Route:
    """The candidates in order, at least one. Raises `NotFound`, `NotPermitted`."""
    requested = call.model_requested or ""
    found = resolve(catalog, requested, key.allowed_providers)
    if not found:
        raise NotFound("model_not_found", f"The model '{requested}' does not exist.", param="model")
    require_others(key, call.fields, found)

    def is_well(deployment: Deployment) -> bool:
        has_price = not key.has_hard_budget or deployment.prices.at(call.at) is not None
        return has_price and is_called(deployment)

    return route(
        permissions.permitted(key, requested, found),
        key.fallbacks,
        lambda name: resolve(catalog, name, key.allowed_providers),
        lambda deployment: permissions.may_call(key, deployment.id, deployment),
        is_well,
        turn,
    )
