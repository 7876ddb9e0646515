"""Which keys are there, what does each spend, and what has it left? Making another."""

from typing import Any

from django.http import HttpResponse

from controlplane.accounts.permissions import Resource, visible
from controlplane.budgets.models import OwnerType
from controlplane.dashboard.access.acts import WHO, asked
from controlplane.dashboard.access.key_forms import NewKeyForm
from controlplane.dashboard.access.owners import KEY_STATES, keys_in, owner_list, state_tabs
from controlplane.dashboard.access.secrets import secret_page
from controlplane.dashboard.lists import listing, search
from controlplane.dashboard.pages import Visit, page
from controlplane.keys.models import VirtualKey


@page("keys", "Keys", resource=Resource.VIRTUAL_KEYS, methods=("GET", "HEAD", "POST"))
def keys(visit: Visit) -> HttpResponse:
    """A posted form makes a key, and its secret is the answer."""
    if asked(visit, Resource.VIRTUAL_KEYS) != "new":
        return _show(visit, None)
    form = NewKeyForm(visit.request.POST or None, viewer=visit.viewer, initial=_given(visit))
    if not form.is_bound or not form.is_valid():
        return _show(visit, form, status=form.status if form.is_bound else 200)
    return secret_page(visit, form.saved, form.issued_secret or "")


def _given(visit: Visit) -> dict[str, Any]:
    """A link may say for whom the key is."""
    names = {"customer", "team"} & set(visit.query.values)
    return {name: visit.query.first(name) for name in names}


def _show(visit: Visit, form: NewKeyForm | None, status: int = 200) -> HttpResponse:
    query = visit.query
    rows = visible(VirtualKey.objects.select_related("customer", "team"), visit.viewer)
    for name in ("customer", "team"):
        if chosen := query.all(name):
            rows = rows.filter(**{f"{name}_id__in": chosen})
    rows = search(rows, query.first("q").strip(), "id", "name", "customer__name", "team__name")
    rows = keys_in(rows, query.first("state"), visit.now)
    context = {
        "list": owner_list(visit, OwnerType.VIRTUAL_KEY, listing(visit, rows, "id")),
        "tabs": state_tabs(visit, KEY_STATES),
        "form": form,
        "may_write": visit.may_write(Resource.VIRTUAL_KEYS),
        "who": WHO[Resource.VIRTUAL_KEYS],
    }
    return visit.show("dashboard/access/keys.html", context, status=status)
