"""What may this key do, what has it left, and why was it refused?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from controlplane.accounts.permissions import Resource, visible
from controlplane.dashboard.access.acts import WHO, asked
from controlplane.dashboard.access.edited import edited
from controlplane.dashboard.access.key_forms import CheckForm, KeyForm, RotationForm
from controlplane.dashboard.access.key_page import KeyPage
from controlplane.dashboard.access.revoking import Revocation
from controlplane.dashboard.access.secrets import secret_page
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page
from controlplane.errors import Conflict, DomainError
from controlplane.keys import services
from controlplane.keys.checking import check_size
from controlplane.keys.models import VirtualKey

ALREADY = (
    "This was done already: the secret was shown once, and only its hash is kept. "
    "Rotate again for another."
)


@page("keys", "Key", resource=Resource.VIRTUAL_KEYS, methods=("GET", "HEAD", "POST"))
def key(visit: Visit, id: str) -> HttpResponse:
    """`act` is what a posted form does, or whose form is open."""
    rows = VirtualKey.objects.select_related("customer", "team").prefetch_related("secrets")
    found = get_object_or_404(visible(rows, visit.viewer), pk=id)
    act = ACTS.get(asked(visit, Resource.VIRTUAL_KEYS), _look)
    return act(visit, KeyPage(visit, found))


def _look(visit: Visit, shown: KeyPage) -> HttpResponse:
    return _show(visit, shown)


def _edit(visit: Visit, shown: KeyPage) -> HttpResponse:
    form = KeyForm(visit.request.POST or None, instance=shown.key, viewer=visit.viewer)
    if form.is_bound and form.is_valid():
        return _back(shown)
    return _show(visit, shown, **edited(form, "virtual-keys"))


def _rotate(visit: Visit, shown: KeyPage) -> HttpResponse:
    """Sent again, as by reloading the page of the secret, nothing is rotated."""
    form = RotationForm(visit.request.POST or None, initial={"newest": shown.newest})
    if not form.is_bound or not form.is_valid():
        return _show(visit, shown, rotation=form, status=422 if form.is_bound else 200)
    if form.cleaned_data["newest"] != shown.newest:
        raise Conflict("already_rotated", ALREADY)
    grace = form.cleaned_data["grace_seconds"]
    _, secret = services.rotate_key(shown.key, grace_seconds=grace)
    rows = VirtualKey.objects.select_related("customer", "team").prefetch_related("secrets")
    renewed = KeyPage(visit, rows.get(pk=shown.key.pk))
    return secret_page(visit, renewed.key, secret, until=renewed.working_until)


def _revoke(visit: Visit, shown: KeyPage) -> HttpResponse:
    asking = Revocation.of(visit, shown.key)
    if visit.request.method != "POST":
        return _show(visit, shown, revocation=asking)
    if not asking.is_meant(visit.request.POST.get("name", "")):
        return _show(visit, shown, revocation=asking, is_mistyped=True, status=422)
    services.revoke_key(shown.key)
    return _back(shown)


def _pause(visit: Visit, shown: KeyPage) -> HttpResponse:
    return _switch(visit, shown, is_active=False)


def _resume(visit: Visit, shown: KeyPage) -> HttpResponse:
    return _switch(visit, shown, is_active=True)


def _switch(visit: Visit, shown: KeyPage, *, is_active: bool) -> HttpResponse:
    if visit.request.method == "POST":
        services.update_key(shown.key, is_active=is_active)
    return _back(shown)


ACTS: dict[str, Callable[[Visit, KeyPage], HttpResponse]] = {
    "edit": _edit,
    "rotate": _rotate,
    "revoke": _revoke,
    "pause": _pause,
    "resume": _resume,
}


def _show(visit: Visit, shown: KeyPage, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "shown": shown,
        "key": shown.key,
        "check": _check(visit, shown),
        "may_write": visit.may_write(Resource.VIRTUAL_KEYS),
        "who": WHO[Resource.VIRTUAL_KEYS],
        **more,
    }
    title = str(shown.key)
    return visit.show("dashboard/access/key.html", context, title=title, status=status)


def _check(visit: Visit, shown: KeyPage) -> dict[str, Any]:
    """Would this request pass? Asking reserves nothing, so the question is in the URL."""
    form = CheckForm(visit.request.GET if "model" in visit.query else None)
    if not form.is_bound or not form.is_valid():
        return {"form": form}
    try:
        verdict = check_size(shown.key, **form.cleaned_data)
    except DomainError as error:
        return {"form": form, "trouble": error.message}
    seen = {each.budget.pk for each in shown.held}
    if verdict.binding_budget is not None and verdict.binding_budget.id not in seen:
        verdict = replace(verdict, binding_budget=None)
    return {"form": form, "verdict": verdict}


def _back(shown: KeyPage) -> HttpResponse:
    return HttpResponseRedirect(page_url("key", shown.key.pk) or "/")
