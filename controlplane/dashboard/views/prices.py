"""What does a model cost, and from when?"""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from billing.prices import STANDARD, Price, price_at
from controlplane.accounts.permissions import Resource
from controlplane.catalog.custom_prices import create_price
from controlplane.catalog.listed_models import model_to_price
from controlplane.catalog.pricing import Offers
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.providers.price_form import Effect, PriceForm, effect_of
from controlplane.dashboard.providers.price_list import dated
from controlplane.errors import DomainError
from controlplane.usage.filters import RecordFilter
from controlplane.usage.periods import THIS_MONTH, named_period
from controlplane.usage.summary import summarise
from controlplane.validators import is_storable

NAME_LENGTH_MAX = 300
SET, PREVIEW = "set", "preview"


@page("providers", "Prices", resource=Resource.PRICES, methods=("GET", "HEAD", "POST"))
def prices(visit: Visit) -> HttpResponse:
    """A model's prices by date, and a form for the next one that shows its effect first."""
    model = visit.query.first("model")
    if not model or len(model) > NAME_LENGTH_MAX or not is_storable(model):
        return visit.show("dashboard/prices.html", {"model": ""})
    if visit.request.method != "POST" or not visit.may_write(Resource.PRICES):
        return _offer(visit, model)
    form = PriceForm(visit.request.POST)
    if not form.is_valid():
        return _show(visit, model, form, status=422)
    if visit.request.POST.get("act") == PREVIEW:
        return _show(visit, model, form, effect=_effect(visit, model, form))
    return _set(visit, model, form)


def _offer(visit: Visit, model: str) -> HttpResponse:
    """The form for a price from today on, or from when the model was first called without one."""
    known = _prices_of(model)
    first = _first_unpriced(visit, model, known) if visit.may_write(Resource.PRICES) else None
    form = PriceForm(initial={"valid_from": first or f"{visit.now:%Y-%m-%d}"})
    return _show(visit, model, form, known=known, first_unpriced=first)


def _set(visit: Visit, model: str, form: PriceForm) -> HttpResponse:
    """What the service refuses, a closed month among it, is said at the field."""
    try:
        create_price(model=model_to_price(model), valid_from=form.starts, **form.columns)  # type: ignore[arg-type]
    except DomainError as error:
        form.add_error("valid_from" if "valid_from" in error.fields else None, error.message)
        return _show(visit, model, form, status=422)
    return HttpResponseRedirect(Query({"model": (model,)}).url(page_url("prices") or ""))


def _show(
    visit: Visit,
    model: str,
    form: PriceForm,
    *,
    status: int = 200,
    known: tuple[Price, ...] | None = None,
    **more: Any,
) -> HttpResponse:
    found = dated(_prices_of(model) if known is None else known, visit.now)
    context = {
        "model": model,
        "prices": found,
        "has_today": any(each.when == "today" for each in found),
        "form": form,
        "may_price": visit.may_write(Resource.PRICES),
        **more,
    }
    return visit.show("dashboard/prices.html", context, title=f"Prices of {model}", status=status)


def _effect(visit: Visit, model: str, form: PriceForm) -> Effect | None:
    """None where it begins later: then it changes nothing that was called already."""
    month = named_period(THIS_MONTH, "UTC", visit.now)
    start = max(form.starts, month.start)
    if start >= visit.now:
        return None
    return effect_of(form.price, summarise(_calls(model, start, visit.now), ()).total)


def _prices_of(model: str) -> tuple[Price, ...]:
    return Offers(model.partition("/")[0]).prices(model)


def _first_unpriced(visit: Visit, model: str, known: tuple[Price, ...]) -> str | None:
    """The first day of this month on which it was called without a price, of UTC."""
    month = named_period(THIS_MONTH, "UTC", visit.now)
    if price_at(known, month.start, STANDARD):
        return None
    days = summarise(_calls(model, month.start, visit.now), ("day",)).groups
    return min((str(day.values[0]) for day in days if day.sums.unpriced_requests), default=None)


def _calls(model: str, start: datetime, end: datetime) -> RecordFilter:
    return RecordFilter(fields={"model": (model,)}, start=start, end=end)
