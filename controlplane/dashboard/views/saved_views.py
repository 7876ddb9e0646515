"""Views that were kept: one's own and those that others share."""

from typing import cast

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from controlplane.accounts.models import Member
from controlplane.dashboard.models import SavedView
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.saved_views import change_view, delete_view, save_view, views_for
from controlplane.errors import DomainError

READ_AND_WRITE = ("GET", "HEAD", "POST")


@page("views", "Saved views", methods=READ_AND_WRITE)
def saved_views(visit: Visit) -> HttpResponse:
    """The list; a POST keeps another one."""
    if visit.request.method != "POST":
        return _list(visit)
    given = visit.request.POST
    try:
        save_view(
            owner=_member(visit),
            name=given.get("name", ""),
            page=given.get("page", ""),
            query=given.get("query", ""),
            is_shared="is_shared" in given,
        )
    except DomainError as error:
        return _list(visit, error)
    return HttpResponseRedirect(reverse("dashboard:views"))


@page("views", "Saved views", methods=("POST",))
def saved_view(visit: Visit, id: str) -> HttpResponse:
    """Renames, shares or deletes one's own."""
    view = get_object_or_404(SavedView, pk=id, owner=_member(visit))
    given = visit.request.POST
    try:
        if "delete" in given:
            delete_view(view)
        else:
            change_view(view, name=given.get("name", ""), is_shared="is_shared" in given)
    except DomainError as error:
        return _list(visit, error)
    return HttpResponseRedirect(reverse("dashboard:views"))


def _list(visit: Visit, error: DomainError | None = None) -> HttpResponse:
    rows = [
        {"view": view, "url": _url(view), "is_own": view.owner_id == _member(visit).pk}
        for view in views_for(_member(visit))
    ]
    context = {"rows": rows, "error": error}
    return visit.show("dashboard/views.html", context, status=422 if error else 200)


def _url(view: SavedView) -> str | None:
    url = page_url(view.page)
    return f"{url}?{view.query}" if url and view.query else url


def _member(visit: Visit) -> Member:
    return cast(Member, visit.request.user)
