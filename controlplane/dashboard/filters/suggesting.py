"""What a filter could be set to, among what the viewer may know of."""

from django.db.models import Q

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Principal, visible
from controlplane.catalog.models import Model, Provider
from controlplane.keys.models import VirtualKey

OPTIONS_MAX = 20
FIXED = {
    "status": ("200", "400", "401", "403", "404", "413", "429", "502", "503", "504"),
    "cache": ("exact", "semantic", "miss", "off"),
}
ROWS = {
    "customer": Customer,
    "team": Team,
    "virtual_key": VirtualKey,
    "provider": Provider,
    "model": Model,
}


def suggested(dimension: str, typed: str, viewer: Principal) -> dict[str, str]:
    """Values with their names, those that hold what was typed; one query at most."""
    if dimension in FIXED:
        return {value: value for value in FIXED[dimension] if typed in value}
    kind = ROWS.get(dimension)
    if kind is None or "\0" in typed:
        return {}
    rows = visible(kind._default_manager.all(), viewer)  # type: ignore[attr-defined]
    wanted = rows.filter(Q(pk__icontains=typed) | Q(name__icontains=typed))
    return {row.pk: str(row) for row in wanted.order_by("pk")[:OPTIONS_MAX]}
