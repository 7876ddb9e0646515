"""How each model at each provider fared in the last 24 hours, and whether it serves now."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from controlplane.catalog.deployment_health import CircuitState
from controlplane.catalog.health import DeploymentNow, HealthState, ProviderHealth
from controlplane.catalog.models import Model, Provider
from controlplane.dashboard.numbers import clock_text
from controlplane.dashboard.requests.words import reason_for
from controlplane.usage.attempts import DAY, QUARTER, Attempts
from controlplane.usage.latencies import Latencies, Percentiles

QUARTERS = DAY // QUARTER
CODES_SHOWN = 2
# Nobody at the provider is to blame for these.
OUR_OWN = frozenset({"client_disconnected"})


@dataclass(frozen=True)
class Quarter:
    """One mark of a strip."""

    answered: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Deployment:
    """One model at one provider; its figures are of the last 24 hours."""

    model: str
    quarters: tuple[Quarter, ...]
    codes: Mapping[str, int]
    latency: Percentiles | None
    now: Sequence[DeploymentNow]
    is_active: bool

    @cached_property
    def attempts(self) -> int:
        return sum(each.answered + each.failed for each in self.quarters)

    @cached_property
    def failed(self) -> int:
        return sum(each.failed for each in self.quarters)

    @property
    def causes(self) -> list[tuple[str, int]]:
        """The commonest errors, in words."""
        ordered = sorted(self.codes.items(), key=lambda each: (-each[1], each[0]))
        return [(reason_for(code), many) for code, many in ordered[:CODES_SHOWN]]

    @property
    def worst(self) -> DeploymentNow | None:
        return self.now[0] if self.now else None

    @property
    def is_well(self) -> bool:
        return all(each.state == CircuitState.CLOSED for each in self.now)

    @property
    def says(self) -> str:
        """What it does now, in words."""
        if not self.is_active:
            return "Switched off"
        match self.worst and self.worst.state:
            case CircuitState.OPEN:
                return f"Paused since {clock_text(self.worst.since)}"  # type: ignore[union-attr]
            case CircuitState.HALF_OPEN:
                return "Trying one request"
            case CircuitState.CLOSED:
                return "Serving"
        return "Not called lately"

    @property
    def tone(self) -> str:
        if not self.is_active or not self.now:
            return ""
        return "ok" if self.is_well else "bad"


@dataclass(frozen=True)
class Place:
    """A provider with its deployments, the busiest first."""

    provider: Provider
    health: ProviderHealth
    deployments: tuple[Deployment, ...]

    @property
    def is_well(self) -> bool:
        return self.health.state in (HealthState.OK, HealthState.UNKNOWN)

    @cached_property
    def attempts(self) -> int:
        return sum(each.attempts for each in self.deployments)


def places_of(
    providers: Sequence[Provider],
    models: Sequence[Model],
    health: Mapping[str, ProviderHealth],
    attempts: Sequence[Attempts],
    latencies: Sequence[Latencies],
    end: datetime,
) -> list[Place]:
    """Of all providers; models that nobody configured and somebody called are there, too."""
    by_model: dict[str, list[Attempts]] = defaultdict(list)
    for each in attempts:
        by_model[each.model or ""].append(each)
    waits = {str(each.values[0]): each.percentiles for each in latencies}
    active = {model.id: model.is_active for model in models}
    places = []
    for provider in providers:
        told = health[provider.id]
        now = _by_model(provider.id, told)
        names = {*active, *by_model, *now}
        own = [
            Deployment(
                name,
                _quarters(by_model[name], end),
                _codes(by_model[name]),
                waits.get(name),
                now.get(name, ()),
                provider.is_active and active.get(name, True),
            )
            for name in sorted(names)
            if name.startswith(f"{provider.id}/")
        ]
        own.sort(key=lambda each: (each.is_well, -each.attempts))
        places.append(Place(provider, told, tuple(own)))
    return sorted(places, key=lambda each: (each.is_well, -each.attempts, each.provider.id))


def _by_model(provider_id: str, health: ProviderHealth) -> dict[str, list[DeploymentNow]]:
    """What the processes say of each model, which they name without its provider; what troubles
    comes first, as it does there."""
    found: dict[str, list[DeploymentNow]] = defaultdict(list)
    for each in health.deployments:
        found[f"{provider_id}/{each.model}"].append(each)
    return found


def _codes(attempts: Sequence[Attempts]) -> Counter[str]:
    codes: Counter[str] = Counter()
    for each in attempts:
        if _is_failed(each):
            codes[each.error_code or ""] += each.many
    return codes


def _quarters(attempts: Sequence[Attempts], end: datetime) -> tuple[Quarter, ...]:
    answered, failed = [0] * QUARTERS, [0] * QUARTERS
    for each in attempts:
        place = min(QUARTERS - 1, max(0, (each.at - (end - DAY)) // QUARTER))
        (failed if _is_failed(each) else answered)[place] += each.many
    return tuple(Quarter(*both) for both in zip(answered, failed, strict=True))


def _is_failed(each: Attempts) -> bool:
    return each.error_code is not None and each.error_code not in OUR_OWN
