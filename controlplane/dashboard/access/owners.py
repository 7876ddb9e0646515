"""Lists of owners: what each spent this month, what it has left, when it was last used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from controlplane.accounts.models import Customer, Team
from controlplane.budgets.binding import Held, binding_budgets
from controlplane.budgets.models import OwnerType
from controlplane.dashboard.filters.bar import Choice
from controlplane.dashboard.lists import Listing
from controlplane.dashboard.numbers import places_for
from controlplane.dashboard.pages import Visit
from controlplane.keys.models import VirtualKey
from controlplane.usage.limits import limited_report
from controlplane.usage.owners import Use, last_uses, use_of
from controlplane.usage.periods import THIS_MONTH, named_period

SOON = timedelta(days=7)
KEY_STATES = {
    "": "All",
    "active": "Active",
    "ending": "Ends within a week",
    "paused": "Paused or revoked",
    "expired": "Expired",
}
CUSTOMER_STATES = {"": "All", "active": "Active", "paused": "Paused"}


@dataclass(frozen=True)
class OwnerRow:
    """One line: an owner, its month so far, and the budget of its own with the least left."""

    owner: Customer | Team | VirtualKey
    use: Use
    last: datetime | None
    held: Held | None
    state: str
    badge: str


@dataclass(frozen=True)
class OwnerList:
    """The lines of one page, and the places of its columns."""

    page: Listing
    rows: list[OwnerRow]
    month: str

    @property
    def places(self) -> int:
        return places_for([row.use.cost_usd for row in self.rows])

    @property
    def left_places(self) -> int:
        return places_for([row.held.balance.remaining_usd for row in self.rows if row.held])


def owner_list(visit: Visit, kind: OwnerType, page: Listing) -> OwnerList:
    """The figures of a page of owners: from six queries to seven."""
    ids = [row.pk for row in page.rows]
    month = named_period(THIS_MONTH, "UTC", visit.now)
    with limited_report():
        uses = use_of(kind.value, ids, month.start, visit.now, visit.bounds)
        last = last_uses(kind.value, ids, visit.now, visit.bounds)
    held = binding_budgets(kind, ids, visit.viewer, visit.now)
    rows = [_row(each, uses, last, held, visit.now) for each in page.rows]
    return OwnerList(page, rows, f"{month.first:%B}")


def state_tabs(visit: Visit, states: Mapping[str, str]) -> Sequence[Choice]:
    current = visit.query.first("state")
    query = visit.query.having({"after": None, "before": None})
    return [
        Choice(title, query.having({"state": state or None}).url(visit.request.path), it)
        for state, title in states.items()
        for it in [state == current]
    ]


def keys_in(rows: QuerySet[VirtualKey], state: str, now: datetime) -> QuerySet[VirtualKey]:
    over = Q(expires_at__lte=now)
    match state:
        case "active":
            return rows.exclude(over).filter(is_active=True)
        case "ending":
            return rows.filter(is_active=True, expires_at__gt=now, expires_at__lte=now + SOON)
        case "paused":
            return rows.filter(is_active=False)
        case "expired":
            return rows.filter(over, is_active=True)
        case _:
            return rows


def state_of(owner: Customer | Team | VirtualKey, now: datetime) -> tuple[str, str]:
    """In a word, and how it is shown."""
    if isinstance(owner, Team):
        return ("Active", "ok") if owner.customer.is_active else ("Paused", "bad")
    if not owner.is_active:
        return "Paused", "bad"
    ends = owner.expires_at if isinstance(owner, VirtualKey) else None
    if ends is not None and ends <= now:
        return "Expired", "bad"
    if ends is not None and ends <= now + SOON:
        day = ends.astimezone(UTC)
        return f"Ends {day.day} {day:%b}", "warn"
    return "Active", "ok"


def _row(
    owner: Customer | Team | VirtualKey,
    uses: Mapping[str, Use],
    last: Mapping[str, datetime],
    held: Mapping[str, Held],
    now: datetime,
) -> OwnerRow:
    pk = str(owner.pk)
    return OwnerRow(owner, uses.get(pk, Use()), last.get(pk), held.get(pk), *state_of(owner, now))
