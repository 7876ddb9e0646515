"""What would the past have cost otherwise? A form, and answers in words."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from billing.money import format_usd
from controlplane.accounts.permissions import Resource, visible
from controlplane.audit.doors import name_of
from controlplane.budgets.models import Budget
from controlplane.dashboard.amounts import read_amount
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.numbers import marked
from controlplane.dashboard.pages import Visit, page
from controlplane.errors import DomainError
from controlplane.what_if.models import WhatIf
from controlplane.what_if.sentences import sentences
from controlplane.what_if.services import ask

METHODS = ("GET", "HEAD", "POST")
ASKED_SHOWN = 20
BUDGETS_OFFERED = 200
PERIODS = {"last-month": "Last month", "this-month": "This month so far", "30d": "The last 30 days"}
RATES = {
    "input_usd_per_mtok": "Input",
    "cached_input_usd_per_mtok": "Input from the cache",
    "output_usd_per_mtok": "Output",
}
FILTERS = ("customer", "team", "virtual_key")
THRESHOLDS = ("0.9", "0.95", "0.98")


@page("what-if", "What if", resource=Resource.WHAT_IF, methods=METHODS)
def what_if(visit: Visit) -> HttpResponse:
    """The form; posted to, the question is asked."""
    if visit.request.method != "POST" or not visit.may_write(Resource.WHAT_IF):
        return _show(visit)
    try:
        with marked(visit.shell.preferences.marks):
            asked = _asked(visit)
        row = ask(asked=asked, viewer=visit.viewer, by=name_of(visit.request.user))
    except DomainError as error:
        return _show(visit, wrong=error.message, status=422)
    return HttpResponseRedirect(page_url("what-if-answer", row.pk) or "")


def _show(visit: Visit, *, wrong: str = "", status: int = 200) -> HttpResponse:
    asked = visible(WhatIf.objects.all(), visit.viewer)
    context = {
        "asked": [(row, _first_sentence(row)) for row in asked[:ASKED_SHOWN]],
        "budgets": visible(Budget.objects.filter(archived_at=None), visit.viewer)[:BUDGETS_OFFERED],
        "periods": PERIODS,
        "rates": RATES,
        "thresholds": THRESHOLDS,
        "typed": visit.request.POST or visit.request.GET,
        "may_ask": visit.may_write(Resource.WHAT_IF),
        "wrong": wrong,
    }
    return visit.show("dashboard/what_if.html", context, status=status)


def _first_sentence(row: WhatIf) -> str:
    return next(sentences(row.answer)) if row.answer else row.get_state_display()


@page("what-if", "What if", resource=Resource.WHAT_IF)
def answer(visit: Visit, id: str) -> HttpResponse:
    """One question's answer, or that it is being computed."""
    found = get_object_or_404(visible(WhatIf.objects.all(), visit.viewer), pk=id)
    told = found.answer or {}
    amounts = {
        name: Decimal(told[name]) if told else None
        for name in ("booked_usd", "would_be_usd", "difference_usd")
    }
    context = {
        "found": found,
        "told": told,
        "says": list(sentences(told)) if told else [],
        "days": [date.fromisoformat(told[name]) for name in ("first_day", "last_day")]
        if told
        else [],
        **amounts,
    }
    return visit.show("dashboard/what_if_answer.html", context, title="What if")


def _asked(visit: Visit) -> dict[str, Any]:
    """The form as the API takes it. What is left empty is not asked."""
    given = visit.request.POST
    asked: dict[str, Any] = {"period": given.get("period", "last-month")}
    for name in FILTERS:
        if value := given.get(name, "").strip():
            asked[name] = [value]
    if (model := given.get("model", "").strip()) and (to := given.get("to", "").strip()):
        asked["models"] = [{"from": model, "to": to}]
    rates = {name: given.get(name, "").strip() for name in RATES if given.get(name, "").strip()}
    if rates:
        priced = given.get("to", "").strip() or model
        asked["prices"] = [{"model": priced, **{k: _amount(v) for k, v in rates.items()}}]
    if given.get("prices_on"):
        asked["prices_on"] = given["prices_on"]
    if budget := given.get("budget"):
        asked["budgets"] = [{"budget": budget, "limit_usd": _amount(given.get("limit", ""))}]
    if (cache := given.get("cache")) == "off":
        asked["cache"] = {"mode": "off"}
    elif cache:
        asked["cache"] = {"mode": "semantic", "threshold": cache}
    return asked


def _amount(text: str) -> str:
    """As typed, with the viewer's marks; what is no amount is refused where it is read."""
    amount = read_amount(text)
    return text[:40] if amount is None else format_usd(amount)
