"""What is there and not in the file goes, when that is asked for; what the books need stays.

It reaches what stands beside what the file names: in sections that the file has, and of customers
that it names. A customer is never removed by leaving it out.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from controlplane.accounts.models import Team
from controlplane.accounts.permissions import Principal, Resource, visible
from controlplane.accounts.services import delete_team
from controlplane.budgets.models import Budget, OwnerType
from controlplane.budgets.services import delete_budget
from controlplane.catalog.custom_prices import delete_price
from controlplane.catalog.models import Model, Price, Provider
from controlplane.catalog.services import delete_model, delete_provider
from controlplane.errors import Conflict
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import delete_key, revoke_key
from controlplane.provisioning.changes import Action, Change
from controlplane.provisioning.current import Rows, named_ids
from controlplane.provisioning.desired import Desired
from controlplane.provisioning.plan import Plan, about
from controlplane.provisioning.progress import Progress

NEEDED = "the books need it"
SHARED: tuple[tuple[Resource, QuerySet[Any], Callable[[Any], None]], ...] = (
    (Resource.PRICES, Price.objects.filter(listing=None), delete_price),
    (Resource.MODELS, Model.objects.all(), delete_model),
    (Resource.PROVIDERS, Provider.objects.all(), delete_provider),
)


class Pruning:
    """Removes what a file leaves out, once everything that it names is there."""

    def __init__(
        self,
        desired: Desired,
        rows: Rows,
        made: dict[Resource, list[str]],
        plan: Plan,
        progress: Progress,
    ) -> None:
        self._desired = desired
        self._rows = rows
        self._made = made
        self._plan = plan
        self._progress = progress

    def run(self, principal: Principal) -> None:
        """Those first that others cannot go without."""
        customers = self._customers()
        sections = self._desired.sections
        self._each(visible(self._budgets(customers), principal), self._remove_budget)
        if Resource.VIRTUAL_KEYS in sections:
            keys = VirtualKey.objects.filter(_is_alive(), customer__in=customers)
            self._each(
                visible(self._unnamed(Resource.VIRTUAL_KEYS, keys), principal), self._end_key
            )
        if Resource.TEAMS in sections:
            teams = Team.objects.filter(customer__in=customers)
            self._each(visible(self._unnamed(Resource.TEAMS, teams), principal), self._remove_team)
        for resource, rows, delete in SHARED:
            if resource in sections:
                self._remove_shared(
                    resource, visible(self._unnamed(resource, rows), principal), delete
                )

    def _customers(self) -> set[str]:
        """Whose rows are within reach: the customers of all that the file names."""
        owned = (*self._rows.all(Resource.TEAMS), *self._rows.all(Resource.VIRTUAL_KEYS))
        named = named_ids(self._desired, Resource.CUSTOMERS)
        return named | {row.customer_id for row in owned}

    def _unnamed(self, resource: Resource, rows: QuerySet[Any]) -> QuerySet[Any]:
        named = named_ids(self._desired, resource) | set(self._made.get(resource, ()))
        return rows.exclude(pk__in=named)

    def _budgets(self, customers: set[str]) -> QuerySet[Budget]:
        """The customers', if there is a section of budgets; else those of owners that list them."""
        if Resource.BUDGETS in self._desired.sections:
            reach = Q(customer__in=customers)
            reach |= Q(team__customer__in=customers) | Q(virtual_key__customer__in=customers)
        else:
            reach = Q(pk__in=())
            for owner_type in OwnerType.values:
                ids = [owner for kind, owner in self._desired.inline_owners if kind == owner_type]
                reach |= Q(**{f"{owner_type}__in": ids})
        return self._unnamed(Resource.BUDGETS, Budget.objects.filter(reach, archived_at=None))

    def _each(self, rows: QuerySet[Any], remove: Callable[[Any], None]) -> None:
        found = list(rows.order_by("pk"))
        for done, row in enumerate(found):
            self._progress("what the file leaves out", done, len(found))
            remove(row)

    def _remove_budget(self, budget: Budget) -> None:
        of = about(Resource.BUDGETS, vars(budget) | {"owner": budget.owner_id})
        note = f"archived: {NEEDED}" if budget.balances.exists() else ""
        budget_id = budget.id  # which a deleted row no longer has
        delete_budget(budget)
        self._removed(Resource.BUDGETS, budget_id, note, of)

    def _end_key(self, key: VirtualKey) -> None:
        if not self._removed_with_budgets(Resource.VIRTUAL_KEYS, key, delete_key):
            revoke_key(key)
            self._removed(Resource.VIRTUAL_KEYS, key.id, f"revoked: {NEEDED}")

    def _remove_team(self, team: Team) -> None:
        if not self._removed_with_budgets(Resource.TEAMS, team, delete_team):
            self._plan.kept.append(f"teams/{team.id} stays: {NEEDED}, or keys that stay are in it.")

    def _removed_with_budgets(
        self, resource: Resource, owner: Any, delete: Callable[[Any], None]
    ) -> bool:
        """Whether an owner went, with the budgets that nobody has drawn on; both or neither."""
        owner_id, before = owner.pk, len(self._plan.changes)
        try:
            with transaction.atomic():
                for budget in owner.budgets.filter(archived_at=None):
                    self._remove_budget(budget)
                delete(owner)
        except Conflict:
            del self._plan.changes[before:]
            return False
        self._removed(resource, owner_id)
        return True

    def _remove_shared(
        self, resource: Resource, rows: QuerySet[Any], delete: Callable[[Any], None]
    ) -> None:
        for row in rows.order_by("pk"):
            row_id = row.pk
            try:
                delete(row)
            except Conflict as error:
                self._plan.kept.append(f"{resource.value}/{row_id} stays: {error.message}")
            else:
                self._removed(resource, row_id)

    def _removed(self, resource: Resource, row_id: str, note: str = "", of: str = "") -> None:
        notes = [note] if note else []
        change = Change(Action.REMOVE, resource, row_id, about=of, notes=notes)
        self._plan.changes.append(change)


def _is_alive() -> Q:
    """A key that was revoked already has nothing left to end."""
    live = VirtualKeySecret.objects.filter(virtual_key=OuterRef("pk"), revoked_at=None)
    return Q(is_active=True) | Q(Exists(live))
