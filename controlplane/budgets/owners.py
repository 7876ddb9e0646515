"""Who may have budgets: customers, their teams, and the keys of both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, QuerySet, Value

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Principal, visible
from controlplane.budgets.models import Budget, OwnerType
from controlplane.keys.models import VirtualKey

Id = tuple[str, str]
NO_TEAM = Value(None, CharField())


@dataclass(frozen=True)
class Owner:
    """Whoever may have budgets. `parent` is the owner above."""

    kind: OwnerType
    id: str
    name: str
    parent: Id | None = None

    @property
    def key(self) -> Id:
        return str(self.kind), self.id


def owner_of(budget: Budget) -> Owner:
    owner = budget.owner
    if isinstance(owner, VirtualKey):
        return of_key(owner.id, owner.name, owner.team_id, owner.customer_id)
    if isinstance(owner, Team):
        return of_team(owner)
    return Owner(OwnerType.CUSTOMER, owner.id, str(owner))


def customers_of(viewer: Principal, ids: Iterable[str] = (), *, until: datetime) -> list[Owner]:
    """Those the viewer may know of, or some of them; of whoever is bound to a team, the team.

    Whoever came after `until` is none of them.
    """
    if viewer.team_id is not None:
        return in_order(map(of_team, visible(Team.objects.filter(created_at__lte=until), viewer)))
    rows = visible(Customer.objects.filter(created_at__lte=until), viewer)
    if ids:
        rows = rows.filter(id__in=ids)
    columns = rows.values_list("id", "name")
    return in_order(Owner(OwnerType.CUSTOMER, id, name or id) for id, name in columns)


def below(roots: Iterable[str], viewer: Principal) -> list[Owner]:
    """Teams and keys of these customers, or the keys of these teams, in one query."""
    ids = list(roots)
    keys = visible(VirtualKey.objects.order_by(), viewer)
    of_keys = ("id", "name", "team_id", "customer_id")
    if viewer.team_id is not None:
        return in_order(of_key(*row) for row in keys.filter(team__in=ids).values_list(*of_keys))
    teams = visible(Team.objects.order_by().filter(customer__in=ids), viewer)
    teams_too: QuerySet = teams.values_list("id", "name", NO_TEAM, "customer_id", Value(True))
    rows = keys.filter(customer__in=ids).values_list(*of_keys, Value(False)).union(teams_too)
    found = [_found(*row) for row in rows]
    return sorted(in_order(found), key=lambda each: each.kind != OwnerType.TEAM)


def _found(id: str, name: str, team_id: str | None, customer_id: str, is_team: bool) -> Owner:
    if is_team:
        return Owner(OwnerType.TEAM, id, name or id, (str(OwnerType.CUSTOMER), customer_id))
    return of_key(id, name, team_id, customer_id)


def of_team(team: Team) -> Owner:
    return Owner(
        OwnerType.TEAM, team.id, str(team), (str(OwnerType.CUSTOMER), str(team.customer_id))
    )


def of_key(id: str, name: str, team_id: str | None, customer_id: str) -> Owner:
    above = (OwnerType.TEAM, team_id) if team_id else (OwnerType.CUSTOMER, customer_id)
    return Owner(OwnerType.VIRTUAL_KEY, id, name or id, (str(above[0]), above[1]))


def in_order(owners: Iterable[Owner]) -> list[Owner]:
    return sorted(owners, key=lambda each: (each.name.casefold(), each.id))
