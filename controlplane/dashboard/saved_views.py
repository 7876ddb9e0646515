"""Keeping views, sharing them with those who see the same rows, and taking them back."""

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict

from controlplane import saving
from controlplane.accounts.models import Member
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.models import SavedView
from controlplane.dashboard.navigation import RAIL
from controlplane.errors import DomainError, invalid
from controlplane.fields import new_id

VIEWS_MAX = 200
PAGES = frozenset(entry.name for entries in RAIL.values() for entry in entries)
# A place in a list is nothing to keep.
LEFT_OUT = dict.fromkeys(
    (
        "after",
        "before",
        "export",
        "edit",
        "act",
        "history",
        "saved",
        "how",
        "amount",
        "until",
        "reason",
    )
)


def views_for(member: Member) -> QuerySet[SavedView]:
    """The member's own, and those shared by members who are bound to the same."""
    own = SavedView.objects.filter(owner=member)
    alike = SavedView.objects.filter(
        is_shared=True, owner__customer=member.customer, owner__team=member.team
    )
    return (own | alike).select_related("owner").order_by("name", "id")


@transaction.atomic
def save_view(
    *, owner: Member, name: str, page: str, query: str, is_shared: bool = False
) -> SavedView:
    """Keeps a page's query by a name. Raises `DomainError`; a name is taken once a member."""
    if page not in PAGES:
        raise invalid("page", "Is not a page that can be kept.")
    if SavedView.objects.filter(owner=owner).count() >= VIEWS_MAX:
        raise DomainError("too_many", f"You keep {VIEWS_MAX} views already: delete one first.")
    kept = Query.read(QueryDict(query)).having(LEFT_OUT).text()
    view = SavedView(id=new_id("view"), owner=owner, name=name.strip(), page=page, query=kept)
    view.is_shared = is_shared
    return saving.add(view)


@transaction.atomic
def change_view(view: SavedView, *, name: str, is_shared: bool) -> SavedView:
    """Renames a view, shares it, or keeps it to oneself again."""
    return saving.change(view, {"name": name.strip(), "is_shared": is_shared})


@transaction.atomic
def delete_view(view: SavedView) -> None:
    saving.remove(view)
