"""What needs a decision, what was decided, and one alert with what can be done about it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from billing.anomalies.labels import Verdict
from controlplane.accounts.permissions import Resource
from controlplane.actions.models import ActionKind
from controlplane.alerts import services
from controlplane.alerts.models import NOTE_LENGTH_MAX, Alert, Kind, Severity
from controlplane.alerts.queries import alerts_seen_by
from controlplane.audit.doors import name_of
from controlplane.dashboard.access.acts import WHO, asked
from controlplane.dashboard.control import acting
from controlplane.dashboard.control.alert_page import AlertPage
from controlplane.dashboard.control.limiting import LimitForm, PlannedForm
from controlplane.dashboard.filters.bar import Choice
from controlplane.dashboard.lists import listing, search
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page
from controlplane.errors import DomainError

STATES = {"": "Open", "resolved": "Resolved", "all": "All"}
SUBJECTS = {"customer": "customer_id", "team": "team_id", "virtual_key": "virtual_key_id"}


class CloseForm(forms.Form):
    """Why it is closed."""

    note = forms.CharField(
        required=False, max_length=NOTE_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 2})
    )


@page("alerts", "Alerts", resource=Resource.ALERTS)
def alerts(visit: Visit) -> HttpResponse:
    """The newest first; the open ones unless others are asked for."""
    rows = _filtered(visit, alerts_seen_by(visit.viewer))
    context = {
        "page": listing(visit, rows, "-opened_at", "-id"),
        "tabs": _choices(visit, "state", STATES),
        "kinds": _choices(visit, "kind", {"": "Every kind", **dict(Kind.choices)}),
        "severities": _choices(visit, "severity", {"": "Any", **dict(Severity.choices)}),
    }
    return visit.show("dashboard/control/alerts.html", context)


@page("alerts", "Alert", resource=Resource.ALERTS, methods=("GET", "HEAD", "POST"))
def alert(visit: Visit, id: str) -> HttpResponse:
    """`act` is what a posted form does, or whose form is open."""
    found = get_object_or_404(alerts_seen_by(visit.viewer), pk=id)
    act = ACTS.get(asked(visit, Resource.ALERTS))
    shown = AlertPage(visit, found)
    return _show(visit, shown) if act is None else act(visit, shown)


def _filtered(visit: Visit, rows: QuerySet[Alert]) -> QuerySet[Alert]:
    query = visit.query
    if (state := query.first("state")) != "all":
        rows = rows.filter(resolved_at__isnull=state != "resolved")
    for name in ("kind", "severity"):
        if chosen := [each for each in query.all(name) if each]:
            rows = rows.filter(**{f"{name}__in": chosen})
    for name, column in SUBJECTS.items():
        if owners := query.all(name):
            rows = rows.filter(**{f"{column}__in": owners})
    columns = ("title", "customer_id", "team_id", "virtual_key_id")
    return search(rows, query.first("q").strip(), *columns)


def _choices(visit: Visit, name: str, titles: dict[str, str]) -> list[Choice]:
    current = visit.query.first(name)
    query = visit.query.having({"after": None, "before": None})
    return [
        Choice(title, query.having({name: value or None}).url(visit.request.path), it)
        for value, title in titles.items()
        for it in [value == current]
    ]


def _close(visit: Visit, shown: AlertPage) -> HttpResponse:
    form = CloseForm(visit.request.POST or None)
    if not form.is_bound or not form.is_valid():
        return _show(visit, shown, closing=form, status=422 if form.is_bound else 200)
    by = name_of(visit.request.user)
    services.resolve_alert(shown.alert, how=form.cleaned_data["note"], by=by)
    return _back(shown)


def _judge(visit: Visit, shown: AlertPage) -> HttpResponse:
    said = visit.request.POST.get("feedback", "")
    if visit.request.method == "POST" and said in {"", *Verdict}:
        by = name_of(visit.request.user)
        services.judge_alert(shown.alert, feedback=said or None, by=by)
    return _back(shown)


def _limit(visit: Visit, shown: AlertPage) -> HttpResponse:
    if not shown.may_limit or shown.budget is None:
        return _back(shown)
    form = LimitForm(visit.request.POST or None, held=shown.budget)
    if "preview" in visit.request.POST:
        return _show(visit, shown, limiting=form, effect=form.effect(visit.now))
    if form.is_bound and form.apply(now=visit.now, by=name_of(visit.request.user)):
        return _back(shown)
    return _show(visit, shown, limiting=form, status=422 if form.is_bound else 200)


def _plan(visit: Visit, shown: AlertPage) -> HttpResponse:
    """Says that it was planned until a day; until then the series is no news."""
    form = PlannedForm(visit.request.POST or None)
    if not form.is_bound or not form.is_valid():
        return _show(visit, shown, planning=form, status=422 if form.is_bound else 200)
    by = name_of(visit.request.user)
    try:
        services.judge_alert(shown.alert, feedback=Verdict.PLANNED, by=by, until=form.ends_at)
    except DomainError as error:
        form.add_error("until", error.message)
        return _show(visit, shown, planning=form, status=422)
    return _back(shown)


def _acting(kind: ActionKind) -> Callable[[Visit, AlertPage], HttpResponse]:
    def act(visit: Visit, shown: AlertPage) -> HttpResponse:
        form = acting.ActForm(visit.request.POST or None, kind=kind)
        if form.is_bound and form.apply(shown, kind):
            return _back(shown)
        said = acting.said_of(kind, form)
        return _show(visit, shown, status=422 if form.is_bound else 200, **said)

    return act


def _decide(visit: Visit, shown: AlertPage) -> HttpResponse:
    if visit.request.method != "POST":
        return _back(shown)
    posted = visit.request.POST
    return _told(visit, shown, acting.decide(shown, posted.get("act", ""), posted.get("note", "")))


def _end(visit: Visit, shown: AlertPage) -> HttpResponse:
    if visit.request.method != "POST":
        return _back(shown)
    return _told(visit, shown, acting.take_back(shown, visit.request.POST.get("action", "")))


def _told(visit: Visit, shown: AlertPage, refused: str) -> HttpResponse:
    return _show(visit, shown, refused_act=refused, status=409) if refused else _back(shown)


ACTS: dict[str, Callable[[Visit, AlertPage], HttpResponse]] = {
    "close": _close,
    "judge": _judge,
    "limit": _limit,
    "plan": _plan,
    **{kind.value: _acting(kind) for kind in ActionKind},
    "approve": _decide,
    "decline": _decide,
    "end": _end,
}


def _show(visit: Visit, shown: AlertPage, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "shown": shown,
        "alert": shown.alert,
        "may_write": visit.may_write(Resource.ALERTS),
        "who": WHO[Resource.ALERTS],
        **more,
    }
    title = shown.alert.get_kind_display()
    return visit.show("dashboard/control/alert.html", context, title=title, status=status)


def _back(shown: AlertPage) -> HttpResponse:
    return HttpResponseRedirect(page_url("alert", shown.alert.pk) or "/")
