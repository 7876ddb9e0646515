"""Who runs out, and when? The tree of budgets, and changes of their limits in place."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.request import QueryDict

from billing.money import format_usd
from controlplane.accounts.permissions import Resource
from controlplane.audit.doors import name_of
from controlplane.budgets.versions import Outdated
from controlplane.dashboard.budgeting.asked import FIELDS
from controlplane.dashboard.budgeting.listing import Listing
from controlplane.dashboard.budgeting.new import NewBudget, new_budget
from controlplane.dashboard.budgeting.saving import change_as_asked, set_back, take_back
from controlplane.dashboard.budgeting.sheets import sheet_of
from controlplane.dashboard.exporting import exported, of_moment
from controlplane.dashboard.numbers import marked
from controlplane.dashboard.pages import Visit, page
from controlplane.errors import DomainError

TEMPLATE = "dashboard/budgets.html"


@page("budgets", "Budgets", resource=Resource.BUDGETS, methods=("GET", "HEAD", "POST"))
def budgets(visit: Visit) -> HttpResponse:
    """The tree; posted to, it changes the budget that is being edited, or takes a change back."""
    with marked(visit.shell.preferences.marks):
        if visit.request.method != "POST":
            return _shown(visit, Listing(visit))
        _require_writer(visit)
        given = visit.request.POST
        match given.get("act"):
            case "create":
                return _made(visit, Listing(visit))
            case "undo":
                return _undone(visit, given)
            case "preview":
                return _shown(visit, Listing(visit, _typed(given)))
            case _:
                return _saved(visit, Listing(visit, _typed(given)))


@page("budgets", "Budgets", resource=Resource.BUDGETS)
def effect(visit: Visit) -> HttpResponse:
    """What the form would do, as it is typed: a part of the page, nothing else."""
    with marked(visit.shell.preferences.marks):
        listing = Listing(visit)
        context = {"listing": listing, "editor": listing.editor}
        return visit.show("dashboard/budgets/effect.html", context)


def _shown(
    visit: Visit, listing: Listing, status: int = 200, making: NewBudget | None = None
) -> HttpResponse:
    may_change = visit.may_write(Resource.LIMIT_CHANGES) and not listing.is_past
    if not may_change and listing.edited_id:
        return HttpResponseRedirect(listing.url())
    if kind := visit.query.first("export"):
        return exported(sheet_of(listing), of_moment(listing.at, visit.query), kind)
    context = {
        "listing": listing,
        "editor": listing.editor,
        "history": listing.history,
        "saved": _undo_of(listing),
        "may_change": may_change,
        "making": making or (_making(visit) if may_change else None),
    }
    return visit.show(TEMPLATE, context, status=status)


def _making(visit: Visit) -> NewBudget | None:
    """The form of a new budget, where the URL opens one."""
    text = visit.query.first("new")
    return new_budget(text, visit.viewer) if text and visit.may_write(Resource.BUDGETS) else None


def _made(visit: Visit, listing: Listing) -> HttpResponse:
    making = new_budget(visit.query.first("new"), visit.viewer, visit.request.POST)
    budget = making.made()
    if budget is None:
        return _shown(visit, listing, 422, making)
    return HttpResponseRedirect(f"{listing.url(state=None, saved=budget.pk)}#budget-{budget.pk}")


def _saved(visit: Visit, listing: Listing) -> HttpResponse:
    """Back to the tree with an offer to undo; or the form again, with what is wrong."""
    editor = listing.editor
    if editor is None:
        raise Http404
    if editor.errors:
        return _shown(visit, listing, 422)
    before = format_usd(editor.budget.limit_usd)
    try:
        change = change_as_asked(editor.budget, editor.asked, by=name_of(visit.request.user))
    except Outdated:
        return _shown(visit, Listing(visit, listing.given, is_outdated=True), 412)
    except DomainError as error:
        return visit.show(
            TEMPLATE,
            {"listing": listing, "editor": editor, "may_change": True, "refused": error},
            status=422,
        )
    told = change.pk if change else f"limit:{before}"
    return HttpResponseRedirect(listing.url(saved=f"{editor.budget.pk},{told}"))


def _undone(visit: Visit, given: QueryDict) -> HttpResponse:
    budget, what = given.get("budget", ""), given.get("change", "")
    kind, _, limit = what.partition("limit:")
    if limit and not kind:
        set_back(budget, visit.viewer, limit, version=given.get("version", ""))
    else:
        take_back(what, visit.viewer, by=name_of(visit.request.user))
    return HttpResponseRedirect(Listing(visit).url())


def _undo_of(listing: Listing) -> dict[str, Any] | None:
    """What was just saved, as the URL has it."""
    budget, _, change = listing.query.first("saved").partition(",")
    standing = listing.tree.standings.get(budget)
    return {"budget": budget, "change": change, "standing": standing} if standing else None


def _typed(given: QueryDict) -> dict[str, str]:
    return {name: str(given.get(name, "")) for name in FIELDS}


def _require_writer(visit: Visit) -> None:
    if not visit.may_write(Resource.LIMIT_CHANGES) or not visit.may_write(Resource.BUDGETS):
        raise DomainError("forbidden", "Budgets are changed by finance and administrators.")
