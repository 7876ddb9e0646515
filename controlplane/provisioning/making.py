"""From changes to the services that make them: one function for each kind of row and change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Model

from controlplane.accounts import services as accounts
from controlplane.accounts.permissions import Resource
from controlplane.budgets import services as budgets
from controlplane.catalog import custom_prices
from controlplane.catalog import services as catalog
from controlplane.fields import new_id
from controlplane.keys import services as keys
from controlplane.metadata_rules import services as metadata_rules
from controlplane.notices import services as notices
from controlplane.provisioning.changes import Change
from controlplane.provisioning.current import OWNERS, Rows

Make = Callable[[Rows, Sequence[Change]], Sequence[Any]]
"""Answers the rows, or what holds a row beside a secret that is shown once."""
# Columns that refer to rows of other resources, and what services call the row.
PARENTS = {
    "customer_id": ("customer", Resource.CUSTOMERS),
    "team_id": ("team", Resource.TEAMS),
    "provider_id": ("provider", Resource.PROVIDERS),
    "model_id": ("model", Resource.MODELS),
    "channel_id": ("channel", Resource.NOTICE_CHANNELS),
}


def _fields(rows: Rows, change: Change) -> Any:
    """What a service takes: values by name, parents as rows."""
    fields = {} if change.id is None else {"id": change.id}
    for column, value in change.values.items():
        name, resource = PARENTS.get(column, (column, None))
        fields[name] = value if resource is None else rows.get(resource, value)
    return fields


def _budget_fields(rows: Rows, change: Change) -> Any:
    fields = {"id": new_id("bud"), **_fields(rows, change)}
    resource = OWNERS[fields.pop("owner_type")]
    return {**fields, "owner": rows.get(resource, fields["owner"])}


def _changed(rows: Rows, change: Change) -> Any:
    fields = _fields(rows, change)
    fields.pop("id")
    return fields


def _create_customers(rows: Rows, changes: Sequence[Change]) -> Sequence[Model]:
    return accounts.create_customers([_fields(rows, change) for change in changes])


def _create_teams(rows: Rows, changes: Sequence[Change]) -> Sequence[Model]:
    return accounts.create_teams([_fields(rows, change) for change in changes])


def _issue_keys(rows: Rows, changes: Sequence[Change]) -> Sequence[keys.IssuedKey]:
    return keys.issue_keys([_fields(rows, change) for change in changes])


def _create_budgets(rows: Rows, changes: Sequence[Change]) -> Sequence[Model]:
    return budgets.create_budgets([_budget_fields(rows, change) for change in changes])


def _update_keys(rows: Rows, changes: Sequence[Change]) -> Sequence[Model]:
    return keys.update_keys([(change.row, _changed(rows, change)) for change in changes])


def _update_budgets(rows: Rows, changes: Sequence[Change]) -> Sequence[Model]:
    return budgets.update_budgets([(change.row, _changed(rows, change)) for change in changes])


def _create_rule(rows: Rows, change: Change) -> Model:
    """Its id follows from its customer and key."""
    return metadata_rules.create_rule(**_changed(rows, change))


def _create_model(rows: Rows, change: Change) -> Model:
    fields = _fields(rows, change)
    fields.setdefault("upstream_model", fields["id"].partition("/")[2])
    return catalog.create_model(**fields)


def _each(make: Callable[[Rows, Change], Any]) -> Make:
    return lambda rows, changes: [make(rows, change) for change in changes]


def _by(service: Callable[..., Model]) -> Make:
    return _each(lambda rows, change: service(change.row, **_changed(rows, change)))


# How many rows a service takes at once; of the rest there are few, and each is a call of its own.
AT_ONCE: Mapping[Resource, int] = dict.fromkeys(
    (Resource.CUSTOMERS, Resource.TEAMS, Resource.VIRTUAL_KEYS, Resource.BUDGETS), 500
)
CREATE: Mapping[Resource, Make] = {
    Resource.CUSTOMERS: _create_customers,
    Resource.TEAMS: _create_teams,
    Resource.PROVIDERS: _each(lambda rows, it: catalog.create_provider(**_fields(rows, it))),
    Resource.MODELS: _each(_create_model),
    Resource.PRICES: _each(lambda rows, it: custom_prices.create_price(**_fields(rows, it))),
    Resource.VIRTUAL_KEYS: _issue_keys,
    Resource.BUDGETS: _create_budgets,
    Resource.METADATA_RULES: _each(_create_rule),
    Resource.NOTICE_CHANNELS: _each(lambda rows, it: notices.create_channel(**_fields(rows, it))),
    Resource.ALERT_RULES: _each(lambda rows, it: notices.create_rule(**_fields(rows, it))),
}
UPDATE: Mapping[Resource, Make] = {
    Resource.CUSTOMERS: _by(accounts.update_customer),
    Resource.TEAMS: _by(accounts.update_team),
    Resource.PROVIDERS: _by(catalog.update_provider),
    Resource.MODELS: _by(catalog.update_model),
    Resource.PRICES: _by(custom_prices.update_price),
    Resource.VIRTUAL_KEYS: _update_keys,
    Resource.BUDGETS: _update_budgets,
    Resource.METADATA_RULES: _by(metadata_rules.update_rule),
    Resource.NOTICE_CHANNELS: _by(notices.update_channel),
    Resource.ALERT_RULES: _by(notices.update_rule),
}
