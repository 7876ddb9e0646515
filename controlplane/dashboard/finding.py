"""Finding objects by what they are called, among those the viewer may know of."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Principal, visible
from controlplane.catalog.models import Model
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.keys.models import VirtualKey
from controlplane.usage.queries import REQUEST_ID_LENGTH_MAX, find_record
from controlplane.validators import is_storable

EACH_MAX = 10
TEXT_LENGTH_MAX = 200
KINDS = {
    "customer": ("Customer", Customer, "customer"),
    "team": ("Team", Team, "team"),
    "virtual_key": ("Key", VirtualKey, "key"),
    "model": ("Model", Model, "model"),
}


@dataclass(frozen=True)
class Found:
    """Something with this name; `url` is its page, or its part of the overview."""

    kind: str
    id: str
    name: str
    url: str | None
    is_exact: bool


def find(text: str, viewer: Principal) -> list[Found]:
    """What has the text in its id or name, at most ten of each kind; five queries at most."""
    if not text or len(text) > TEXT_LENGTH_MAX or not is_storable(text):
        return []
    return [*_objects(text, viewer), *_requests(text, viewer)]


def _objects(text: str, viewer: Principal) -> Iterator[Found]:
    for dimension, (title, kind, page) in KINDS.items():
        rows = visible(kind._default_manager.all(), viewer)  # type: ignore[attr-defined]
        holding = rows.filter(Q(pk__icontains=text) | Q(name__icontains=text))
        for row in holding.order_by("pk")[:EACH_MAX]:
            url = page_url(page, row.pk) or _filtered(dimension, row.pk)
            yield Found(title, row.pk, str(row), url, row.pk == text)


def _requests(text: str, viewer: Principal) -> list[Found]:
    if len(text) > REQUEST_ID_LENGTH_MAX:
        return []
    record = find_record(text, only_customer=viewer.customer_id, only_team=viewer.team_id)
    if record is None:
        return []
    return [Found("Request", text, text, page_url("request", text), True)]


def _filtered(dimension: str, value: str) -> str | None:
    url = page_url("overview")
    return Query({dimension: (value,)}).url(url) if url else None
