"""What there is now of what a file names: rows, held until the end of the transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, Q

from controlplane.accounts.permissions import Principal, Resource, visible
from controlplane.budgets.models import OwnerType
from controlplane.provisioning.desired import Desired
from controlplane.provisioning.forms import FORMS

IDS_AT_ONCE = 5000
MODELS: Mapping[Resource, type[Model]] = {form.resource: form.model for form in FORMS}
OWNERS = {
    OwnerType.CUSTOMER: Resource.CUSTOMERS,
    OwnerType.TEAM: Resource.TEAMS,
    OwnerType.VIRTUAL_KEY: Resource.VIRTUAL_KEYS,
}
# What rows are compared by and changed with, beside their own columns.
WITH = {
    Resource.TEAMS: ("customer",),
    Resource.VIRTUAL_KEYS: ("customer", "secrets"),
    Resource.MODELS: ("alias_rows",),
    Resource.ALERT_RULES: ("channel",),
}


class Rows:
    """Rows by resource and id. Those that whoever applies may not know of are hidden."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal
        self._rows: dict[Resource, dict[str, Any]] = {form.resource: {} for form in FORMS}
        self._hidden: dict[Resource, set[str]] = {form.resource: set() for form in FORMS}

    def get(self, resource: Resource, row_id: str | None) -> Any:
        return None if row_id is None else self._rows[resource].get(row_id)

    def all(self, resource: Resource) -> list[Any]:
        return list(self._rows[resource].values())

    def is_hidden(self, resource: Resource, row_id: str | None) -> bool:
        return row_id in self._hidden[resource]

    def add(self, resource: Resource, row: Model) -> None:
        self._rows[resource][str(row.pk)] = row

    def load_ids(self, resource: Resource, ids: Iterable[str]) -> None:
        for some in _batches(set(ids) - set(self._rows[resource])):
            self.load(resource, Q(pk__in=some))

    def load(self, resource: Resource, wanted: Q) -> None:
        """Holds rows in the order of their ids, as everybody who applies does."""
        rows = MODELS[resource]._default_manager.filter(wanted)
        seen = visible(rows, self._principal).order_by("pk")
        held = seen.select_for_update(no_key=True, of=("self",))
        found = {str(row.pk): row for row in held.prefetch_related(*WITH.get(resource, ()))}
        self._rows[resource] |= found
        if self._principal.is_bound:
            every = {str(row_id) for row_id in rows.values_list("pk", flat=True)}
            self._hidden[resource] |= every - set(found)


def load_rows(desired: Desired, principal: Principal) -> Rows:
    """All that the file names, in one order of tables, so that nobody waits in a circle."""
    rows = Rows(principal)
    for form in FORMS:
        rows.load_ids(form.resource, named_ids(desired, form.resource))
    for owner_type, resource in OWNERS.items():
        for some in _batches(_owners(desired, resource)):
            rows.load(Resource.BUDGETS, Q(archived_at=None, **{f"{owner_type}__in": some}))
    for some in _batches(named_ids(desired, Resource.MODELS)):
        rows.load(Resource.PRICES, Q(model__in=some))
    return rows


def named_ids(desired: Desired, resource: Resource) -> set[str]:
    """The ids that a file mentions of a resource, in its own section or anywhere."""
    ids = set(desired.by_id(resource))
    for column, referring in REFERENCES.get(resource, {}).items():
        for each in referring:
            ids |= {entry.values.get(column, "") for entry in desired.entries[each]}
    if resource is Resource.PROVIDERS:
        ids |= {model_id.partition("/")[0] for model_id in named_ids(desired, Resource.MODELS)}
    return {each for each in ids | _owners(desired, resource) if each}


# By what is referred to: the column, and the resources whose entries have it.
REFERENCES: Mapping[Resource, Mapping[str, tuple[Resource, ...]]] = {
    Resource.CUSTOMERS: {
        "customer_id": (
            *(Resource.TEAMS, Resource.VIRTUAL_KEYS, Resource.METADATA_RULES),
            *(Resource.NOTICE_CHANNELS, Resource.ALERT_RULES),
        )
    },
    Resource.TEAMS: {"team_id": (Resource.VIRTUAL_KEYS,)},
    Resource.PROVIDERS: {"provider_id": (Resource.MODELS,)},
    Resource.MODELS: {"model_id": (Resource.PRICES,)},
    Resource.NOTICE_CHANNELS: {"channel_id": (Resource.ALERT_RULES,)},
}


def _owners(desired: Desired, resource: Resource) -> set[str]:
    budgets = (entry.values for entry in desired.entries[Resource.BUDGETS])
    named = {(each.get("owner_type"), each.get("owner")) for each in budgets}
    return {
        owner
        for owner_type, owner in named
        if owner is not None and owner_type is not None and OWNERS[owner_type] is resource
    }


def _batches(ids: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(ids)
    return (ordered[at : at + IDS_AT_ONCE] for at in range(0, len(ordered), IDS_AT_ONCE))
