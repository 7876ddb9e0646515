"""How providers fare now, over all data-plane processes that have lately said so."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from django.db.models.functions import Now

from controlplane.catalog.deployment_health import CircuitState, DeploymentHealth

FRESH_SECONDS = 30
DEPLOYMENTS_MAX = 200
# The worst that any process sees comes first.
GRAVITY = (CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED)


class HealthState(StrEnum):
    OK = "ok"
    """Whatever was called lately is called."""
    DEGRADED = "degraded"
    """Some of it is not called, or not by every process, or fails as often as not."""
    DOWN = "down"
    """No process calls any of it, but to see if it is back."""
    UNKNOWN = "unknown"
    """Nothing was called lately."""


@dataclass(frozen=True, slots=True)
class DeploymentNow:
    """A model with one of the provider's credentials. Counts are sums over the processes."""

    model: str
    credential_index: int
    state: str
    since: datetime
    last_error_code: str | None
    last_error_at: datetime | None
    attempts: int
    failures: int
    p50_ms: float | None
    processes: int


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    state: HealthState
    deployments: Sequence[DeploymentNow] = ()


NOTHING_KNOWN = ProviderHealth(HealthState.UNKNOWN)


def health_of(provider_ids: Iterable[str]) -> dict[str, ProviderHealth]:
    """By provider, in one query; `UNKNOWN` for those that nobody reported of."""
    fresh = Now() - timedelta(seconds=FRESH_SECONDS)
    rows = DeploymentHealth.objects.filter(
        provider_id__in=list(provider_ids), reported_at__gte=fresh
    ).order_by("provider_id", "model", "credential_index")
    by_provider: dict[str, list[DeploymentHealth]] = defaultdict(list)
    for row in rows:
        by_provider[row.provider_id].append(row)
    health = {provider: _provider(several) for provider, several in by_provider.items()}
    return {provider: health.get(provider, NOTHING_KNOWN) for provider in provider_ids}


def _provider(rows: Sequence[DeploymentHealth]) -> ProviderHealth:
    by_place: dict[tuple[str, int], list[DeploymentHealth]] = defaultdict(list)
    for row in rows:
        by_place[row.model, row.credential_index].append(row)
    deployments = [_deployment(several) for several in by_place.values()]
    # What troubles is shown first, and not left out where there are many.
    deployments.sort(key=lambda each: GRAVITY.index(CircuitState(each.state)))
    return ProviderHealth(_state(rows), deployments[:DEPLOYMENTS_MAX])


def _state(rows: Sequence[DeploymentHealth]) -> HealthState:
    if all(row.state != CircuitState.CLOSED for row in rows):
        return HealthState.DOWN
    return HealthState.OK if all(_is_well(row) for row in rows) else HealthState.DEGRADED


def _is_well(row: DeploymentHealth) -> bool:
    return row.state == CircuitState.CLOSED and (
        row.failures == 0 or 2 * row.failures < row.attempts
    )


def _deployment(rows: Sequence[DeploymentHealth]) -> DeploymentNow:
    state = min((CircuitState(row.state) for row in rows), key=GRAVITY.index)
    erred = [row for row in rows if row.last_error_at is not None]
    last = max(erred, key=lambda row: row.last_error_at, default=None)  # type: ignore[arg-type, return-value]
    medians = [row.p50_ms for row in rows if row.p50_ms is not None]
    return DeploymentNow(
        model=rows[0].model,
        credential_index=rows[0].credential_index,
        state=state.value,
        since=min(row.since for row in rows if row.state == state),
        last_error_code=last.last_error_code if last else None,
        last_error_at=last.last_error_at if last else None,
        attempts=sum(row.attempts for row in rows),
        failures=sum(row.failures for row in rows),
        p50_ms=round(median(medians), 3) if medians else None,
        processes=len(rows),
    )
