"""Creating customers, keys, providers, prices and budgets by the services that everybody uses."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.services import create_customer, create_team
from controlplane.budgets.models import Budget
from controlplane.budgets.services import NewBudget, Owner, create_budgets
from controlplane.catalog.custom_prices import create_price
from controlplane.catalog.models import Model, Price, Provider
from controlplane.catalog.services import create_model, create_provider
from controlplane.demo_data.allotments import Granted
from controlplane.demo_data.offers import OFFERS, VENDORS, Offer, Rates, Vendor
from controlplane.demo_data.people import CALLERS, CUSTOMERS
from controlplane.demo_data.rhythm import Span
from controlplane.keys.models import VirtualKey
from controlplane.keys.services import NewKey, issue_keys

REQUESTS_PER_MINUTE = 600
EARLIER = timedelta(days=365)  # prices hold from before the first call
LATER = 2 / 3  # of the time, until the second price of a model


def is_there() -> bool:
    return Customer.objects.filter(id=CUSTOMERS[0].id).exists()


def create_people() -> None:
    """Customers, their teams and keys; the keys' secrets are nobody's."""
    customers = {
        plan.id: create_customer(id=plan.id, name=plan.name, timezone=plan.timezone)
        for plan in CUSTOMERS
    }
    teams = {
        plan.id: create_team(id=plan.id, name=plan.name, customer=customers[customer.id])
        for customer in CUSTOMERS
        for plan in customer.teams
    }
    issue_keys(
        [
            NewKey(
                id=caller.id,
                name=caller.name,
                customer=customers[caller.customer.id],
                team=teams[caller.team.id],
                metadata=caller.metadata,
                requests_per_minute=REQUESTS_PER_MINUTE,
                fallbacks=_fallbacks(caller.service.fallback),
                cache_mode=caller.service.cache,
            )
            for caller in CALLERS
        ]
    )


def create_offers(span: Span) -> None:
    """Providers, without credentials, and their models with prices that hold from the start."""
    for vendor in VENDORS:
        provider = Provider.objects.filter(id=vendor.id).first() or _create_provider(vendor)
        known = set(Model.objects.filter(provider=provider).values_list("id", flat=True))
        for offer in vendor.offers:
            if f"{vendor.id}/{offer.model}" not in known:
                _create_model(provider, offer, span)


def price_rows() -> Iterable[Mapping[str, Any]]:
    """The prices of the demo's models, the newest first."""
    return Price.objects.filter(model__in=list(OFFERS)).order_by("-valid_from").values()


def create_allotments(granted: Iterable[Granted]) -> None:
    owners = _owners()
    create_budgets(
        [
            NewBudget(
                id=each.allotment.id,
                owner=owners[each.allotment.owner],
                limit_usd=each.limit_usd,
                window=each.allotment.window,
                timezone=each.allotment.timezone,
                enforcement=each.allotment.enforcement,
            )
            for each in granted
        ]
    )


def limits() -> dict[str, Decimal]:
    """Of all budgets, by id."""
    return dict(Budget.objects.values_list("id", "limit_usd"))


def _owners() -> dict[str, Owner]:
    kinds: tuple[type[Owner], ...] = (Customer, Team, VirtualKey)
    return {row.pk: row for kind in kinds for row in kind._default_manager.all()}


def _fallbacks(model: str | None) -> list[dict[str, str]]:
    if model is None:
        return []
    provider, _, name = model.partition("/")
    return [{"provider": provider, "model": name}]


def _create_provider(vendor: Vendor) -> Provider:
    return create_provider(
        id=vendor.id,
        name=vendor.name,
        kind=vendor.kind,
        base_url=vendor.base_url,
        region=vendor.region,
    )


def _create_model(provider: Provider, offer: Offer, span: Span) -> None:
    model = create_model(provider=provider, upstream_model=offer.model)
    _set_price(model, offer.rates, _midnight(span.start - EARLIER))
    _set_price(model, offer.later, _midnight(span.start + (span.end - span.start) * LATER))


def _set_price(model: Model, rates: Rates | None, valid_from: datetime) -> None:
    if rates is not None:
        create_price(
            model=model,
            valid_from=valid_from,
            input_usd_per_mtok=rates.input,
            output_usd_per_mtok=rates.output,
            cached_input_usd_per_mtok=rates.cached_input,
            cache_write_usd_per_mtok=rates.cache_write,
        )


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
