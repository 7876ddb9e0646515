"""Who is unwell? What has no price?"""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from controlplane.accounts.permissions import Resource, visible
from controlplane.catalog.health import health_of
from controlplane.catalog.models import Model, Provider
from controlplane.catalog.probe import look_at
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.providers.deployments import Place, places_of
from controlplane.errors import Conflict
from controlplane.usage.attempts import DAY, attempts_of_day
from controlplane.usage.filters import RecordFilter
from controlplane.usage.latencies import latencies
from controlplane.usage.limits import limited_report
from controlplane.usage.periods import THIS_MONTH, named_period
from controlplane.usage.summary import Group, summarise

SHOWN_TESTED = "test"


@page("providers", "Providers and models", resource=Resource.PROVIDERS)
def providers(visit: Visit) -> HttpResponse:
    """What is unwell or has no price; then each provider with its models."""
    return _show(visit)


@page("providers", "Providers and models", resource=Resource.PROVIDERS, methods=("POST",))
def test(visit: Visit, provider_id: str) -> HttpResponse:
    """Calls a provider with its stored credential, and says what came of it."""
    provider = get_object_or_404(visible(Provider.objects.all(), visit.viewer), pk=provider_id)
    if not visit.may_write(Resource.PROVIDERS):
        return visit.show("dashboard/missing.html", title="Not found", status=404)
    try:
        report = look_at(provider)
    except Conflict as error:
        report = {"ok": False, "checks": [], "message": error.message}
    return _show(visit, tested=provider, report=report)


def _show(visit: Visit, **more: Any) -> HttpResponse:
    own = RecordFilter(only_customer=visit.viewer.customer_id, only_team=visit.viewer.team_id)
    with limited_report():
        places = _places(visit, own)
        unpriced = [] if visit.viewer.is_bound else _unpriced(visit, own)
    context = {
        "places": places,
        "unwell": [each for each in places if not each.is_well],
        "many": sum(len(each.deployments) for each in places),
        "whole": sum(each.attempts for each in places),
        "unpriced": unpriced,
        "may_test": visit.may_write(Resource.PROVIDERS),
        "may_price": visit.may_write(Resource.PRICES),
        **more,
    }
    return visit.show("dashboard/providers.html", context)


def _places(visit: Visit, own: RecordFilter) -> list[Place]:
    providers = list(visible(Provider.objects.all(), visit.viewer).defer("credential_sealed"))
    last_day = replace(own, start=visit.now - DAY, end=visit.now)
    return places_of(
        providers,
        list(Model.objects.only("id", "is_active")),
        health_of([each.id for each in providers]),
        attempts_of_day(own, visit.now),
        latencies(last_day, ("model",)),
        visit.now,
    )


def _unpriced(visit: Visit, own: RecordFilter) -> list[Group]:
    """Models that were called this month and whose cost nobody knows."""
    month = named_period(THIS_MONTH, "UTC", visit.now)
    found = summarise(replace(own, start=month.start, end=visit.now), ("model",))
    return [each for each in found.groups if each.sums.unpriced_requests and each.values[0]]
