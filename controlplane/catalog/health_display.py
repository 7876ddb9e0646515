"""How a provider's health looks to people, in the list of providers and on a provider's page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.views import ChangeList

from controlplane.catalog.deployment_health import CircuitState
from controlplane.catalog.health import FRESH_SECONDS, HealthState, ProviderHealth, health_of

COLOURS = {
    HealthState.OK.value: "success",
    HealthState.DEGRADED.value: "warning",
    HealthState.DOWN.value: "danger",
    HealthState.UNKNOWN.value: "",
}
CIRCUIT_COLOURS = {
    CircuitState.CLOSED.value: "success",
    CircuitState.HALF_OPEN.value: "warning",
    CircuitState.OPEN.value: "danger",
}
TITLES = ("Model", "Circuit", "For", "Failed of late", "Median", "Last error")


class ProviderList(ChangeList):
    """A page of providers, each with its health."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: list[Any] = list(self.result_list)  # type: ignore[has-type]
        health = health_of([provider.id for provider in self.result_list])
        for provider in self.result_list:
            provider.health = health[provider.id]


def table(health: ProviderHealth) -> SafeString:
    """Every deployment that was called lately, the troubled ones first."""
    rows = [
        (each, CIRCUIT_COLOURS[each.state], timesince(each.since, depth=1))
        for each in health.deployments
    ]
    context = {"rows": rows, "titles": TITLES, "fresh_seconds": FRESH_SECONDS}
    return render_to_string("admin/health.html", context)


def sentence(check: Mapping[str, Any]) -> str:
    """What one check of a provider found out."""
    name = str(check["name"]).capitalize()
    which = f" {check['credential_index'] + 1}" if check["credential_index"] else ""
    took = "" if check["ms"] is None else f" ({check['ms']:.0f} ms)"
    return f"{name}{which}: {check['message']}{took}"
