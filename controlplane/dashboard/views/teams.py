"""Which teams are there, what did each spend, and what has it left? One team, and another."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from controlplane.accounts.models import Team
from controlplane.accounts.permissions import Resource, visible
from controlplane.budgets.models import OwnerType
from controlplane.dashboard.access.acts import WHO, asked
from controlplane.dashboard.access.edited import edited
from controlplane.dashboard.access.owner_forms import NewTeamForm, TeamForm
from controlplane.dashboard.access.owner_page import OwnerPage
from controlplane.dashboard.access.owners import owner_list
from controlplane.dashboard.lists import listing, search
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page

METHODS = ("GET", "HEAD", "POST")


@page("teams", "Teams", resource=Resource.TEAMS, methods=METHODS)
def teams(visit: Visit) -> HttpResponse:
    """The list; a posted form makes one."""
    if asked(visit, Resource.TEAMS) != "new":
        return _list(visit)
    given = {"customer": visit.query.first("customer")} if "customer" in visit.query else {}
    form = NewTeamForm(visit.request.POST or None, viewer=visit.viewer, initial=given)
    if form.is_bound and form.is_valid():
        return HttpResponseRedirect(page_url("team", form.saved.pk) or "/")
    return _list(visit, form=form, status=form.status if form.is_bound else 200)


@page("teams", "Team", resource=Resource.TEAMS, methods=METHODS)
def team(visit: Visit, id: str) -> HttpResponse:
    """One team; a posted form changes it."""
    rows = visible(Team.objects.select_related("customer"), visit.viewer)
    found = get_object_or_404(rows, pk=id)
    if asked(visit, Resource.TEAMS) != "edit":
        return _show(visit, found)
    form = TeamForm(visit.request.POST or None, instance=found, viewer=visit.viewer)
    if form.is_bound and form.is_valid():
        return HttpResponseRedirect(page_url("team", id) or "/")
    return _show(visit, rows.get(pk=id), **edited(form, "teams"))


def _list(visit: Visit, *, status: int = 200, **more: Any) -> HttpResponse:
    rows = visible(Team.objects.select_related("customer"), visit.viewer)
    if chosen := visit.query.all("customer"):
        rows = rows.filter(customer_id__in=chosen)
    rows = search(rows, visit.query.first("q").strip(), "id", "name", "customer__name")
    context = {
        "list": owner_list(visit, OwnerType.TEAM, listing(visit, rows, "id")),
        **_rights(visit),
        **more,
    }
    return visit.show("dashboard/access/teams.html", context, status=status)


def _show(visit: Visit, found: Team, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"shown": OwnerPage(visit, found), "owner": found, **_rights(visit), **more}
    return visit.show("dashboard/access/team.html", context, title=str(found), status=status)


def _rights(visit: Visit) -> dict[str, Any]:
    return {
        "may_write": visit.may_write(Resource.TEAMS),
        "may_add_key": visit.may_write(Resource.VIRTUAL_KEYS),
        "who": WHO[Resource.TEAMS],
    }
