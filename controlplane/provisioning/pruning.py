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
from controlplane.budgets.models import Balance, Budget, OwnerType
from controlplane.budgets.services import delete_budgets
from controlplane.catalog.custom_prices import delete_price
from controlplane.catalog.models import Model, Price, Provider
from controlplane.catalog.services import delete_model, delete_provider
from controlplane.errors import Conflict
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import delete_keys, revoke_keys
from controlplane.metadata_rules.models import MetadataRule
from controlplane.metadata_rules.services import delete_rule
from controlplane.notices.models import Channel, Rule
from controlplane.notices.services import delete_channel
from controlplane.notices.services import delete_rule as delete_alert_rule
from controlplane.provisioning.changes import Action, Change
from controlplane.provisioning.current import Rows, named_ids
from controlplane.provisioning.desired import Desired
from controlplane.provisioning.plan import Plan, about
from controlplane.provisioning.progress import Progress
from controlplane.usage.models import UsageRecord

ROWS_AT_ONCE = 500
NEEDED = "the books need it"
SHARED: tuple[tuple[Resource, QuerySet[Any], Callable[[Any], None]], ...] = (
    (Resource.PRICES, Price.objects.filter(listing=None), delete_price),
    (Resource.MODELS, Model.objects.all(), delete_model),
    (Resource.PROVIDERS, Provider.objects.all(), delete_provider),
)
# Each after those that refer to it.
TOLD: tuple[tuple[Resource, QuerySet[Any], Callable[[Any], None]], ...] = (
    (Resource.ALERT_RULES, Rule.objects.all(), delete_alert_rule),
    (Resource.NOTICE_CHANNELS, Channel.objects.all(), delete_channel),
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
        self._take(self._budgets(customers), principal, self._remove_budgets)
        for resource, rows, remove in (
            (Resource.VIRTUAL_KEYS, VirtualKey.objects.filter(_is_alive()), self._end_keys),
            (Resource.TEAMS, Team.objects.all(), self._remove_teams),
            (Resource.METADATA_RULES, MetadataRule.objects.all(), self._remove_rules),
        ):
            if resource in self._desired.sections:
                surplus = self._unnamed(resource, rows.filter(customer__in=customers))
                self._take(surplus, principal, remove)
        for resource, described, delete in TOLD:
            if resource in self._desired.sections:
                surplus = self._unnamed(resource, described.filter(self._told(resource, customers)))
                self._remove(resource, visible(surplus, principal), delete)
        for resource, shared, delete in SHARED:
            if resource in self._desired.sections:
                self._remove(resource, self._unnamed(resource, shared), delete)

    def _customers(self) -> set[str]:
        """Whose rows are within reach: the customers of all that the file names."""
        owned = (*self._rows.all(Resource.TEAMS), *self._rows.all(Resource.VIRTUAL_KEYS))
        named = named_ids(self._desired, Resource.CUSTOMERS)
        return named | {row.customer_id for row in owned}

    def _told(self, resource: Resource, customers: set[str]) -> Q:
        """The customers', and everybody's if the section has some of everybody's."""
        rows = [self._rows.get(resource, row_id) for row_id in named_ids(self._desired, resource)]
        of_all = any(row is not None and row.customer_id is None for row in rows)
        return Q(customer__in=customers) | (Q(customer=None) if of_all else Q(pk__in=()))

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

    def _take(
        self, rows: QuerySet[Any], principal: Principal, remove: Callable[[list[Any]], None]
    ) -> None:
        found = list(visible(rows, principal).order_by("pk"))
        for start in range(0, len(found), ROWS_AT_ONCE):
            self._progress("what the file leaves out", start, len(found))
            remove(found[start : start + ROWS_AT_ONCE])

    def _remove_budgets(self, found: list[Budget]) -> None:
        # Asked now: deleted rows have no ids.
        facts = [(row.id, vars(row) | {"owner": row.owner_id}) for row in found]
        archived = {budget.id for budget in delete_budgets(found)}
        for budget_id, columns in facts:
            note = f"archived: {NEEDED}" if budget_id in archived else ""
            self._removed(Resource.BUDGETS, budget_id, note, about(Resource.BUDGETS, columns))

    def _end_keys(self, keys: list[VirtualKey]) -> None:
        """Those that never called go with their budgets; of the others the books tell."""
        lasting = set(_lasting(keys).values_list("pk", flat=True))
        gone = [key for key in keys if key.id not in lasting]
        self._remove_budgets(list(Budget.objects.filter(virtual_key__in=gone).order_by("pk")))
        ids = [key.id for key in gone]
        delete_keys(gone)
        for key_id in ids:
            self._removed(Resource.VIRTUAL_KEYS, key_id)
        for key in revoke_keys([key for key in keys if key.id in lasting]):
            self._removed(Resource.VIRTUAL_KEYS, key.id, f"revoked: {NEEDED}")

    def _remove_teams(self, teams: list[Team]) -> None:
        """A team that stays keeps its budgets, too."""
        for team in teams:
            team_id, before = team.id, len(self._plan.changes)
            try:
                with transaction.atomic():
                    self._remove_budgets(list(team.budgets.filter(archived_at=None)))
                    delete_team(team)
            except Conflict:
                del self._plan.changes[before:]
                reason = f"{NEEDED}, or keys that stay are in it."
                self._plan.kept.append(f"teams/{team_id} stays: {reason}")
            else:
                self._removed(Resource.TEAMS, team_id)

    def _remove_rules(self, rules: list[MetadataRule]) -> None:
        for rule in rules:
            self._removed(Resource.METADATA_RULES, rule.id)
            delete_rule(rule)

    def _remove(
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


def _lasting(keys: list[VirtualKey]) -> QuerySet[VirtualKey]:
    """Those that have called, or whose budgets have been drawn on."""
    used = UsageRecord.objects.filter(virtual_key_id=OuterRef("pk"))
    drawn = Balance.objects.filter(budget__virtual_key=OuterRef("pk"))
    archived = Budget.objects.filter(virtual_key=OuterRef("pk"), archived_at__isnull=False)
    needed = Q(Exists(used)) | Q(Exists(drawn)) | Q(Exists(archived))
    return VirtualKey.objects.filter(needed, pk__in=[key.pk for key in keys])
