"""The configuration as a file that can be applied: all of it but secrets, or one customer's."""

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import yaml
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from controlplane.accounts.permissions import Resource
from controlplane.provisioning.changes import as_shown
from controlplane.provisioning.current import MODELS, WITH
from controlplane.provisioning.forms import FORMS
from controlplane.provisioning.forms.form import Form, Group, Secret
from controlplane.provisioning.shapes import plain_value
from controlplane.provisioning.stored import stored_value

PAGE_ROWS = 1000
LINE_LENGTH_MAX = 10_000_000  # nothing is folded: one value, one line
HEADER = """\
# What is configured. Credentials of providers, secrets of keys and addresses of notice channels are
# not in here.
"""
# How a row leads to its customer; what customers share is in no export of one.
OF_CUSTOMER: dict[Resource, tuple[str, ...]] = {
    Resource.CUSTOMERS: ("id",),
    Resource.TEAMS: ("customer",),
    Resource.VIRTUAL_KEYS: ("customer",),
    Resource.METADATA_RULES: ("customer",),
    Resource.NOTICE_CHANNELS: ("customer",),
    Resource.ALERT_RULES: ("customer",),
    Resource.BUDGETS: ("customer", "team__customer", "virtual_key__customer"),
}
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Dumper(DUMPER):  # type: ignore[misc]
    """Writes what `apply` reads back as it was: without anchors, and in doubt with quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, value: str) -> Any:
    """PyYAML itself quotes what YAML 1.1 would read as something else; this is YAML 1.2's."""
    style = None if plain_value(value) == value else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


Dumper.add_representer(str, _text)


def export_configuration(customer_id: str | None = None) -> Iterator[str]:
    """The parts of a YAML file, all of one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield HEADER
        for form in FORMS:
            if customer_id is None or form.resource in OF_CUSTOMER:
                yield from _section(form, _rows(form, customer_id))


def _rows(form: Form, customer_id: str | None) -> QuerySet[Any]:
    rows = MODELS[form.resource]._default_manager.order_by("pk")
    rows = rows.prefetch_related(*WITH.get(form.resource, ()))
    if form.resource is Resource.BUDGETS:
        rows = rows.filter(archived_at=None)
    if form.resource is Resource.PRICES:
        rows = rows.filter(listing=None)
    if customer_id is None:
        return rows
    own = Q()
    for path in OF_CUSTOMER[form.resource]:
        own |= Q(**{path: customer_id})
    return rows.filter(own)


def _section(form: Form, rows: QuerySet[Any]) -> Iterator[str]:
    page = list(rows[:PAGE_ROWS])
    yield f"{form.section}:\n" if page else f"{form.section}: []\n"
    while page:
        described = [_described(form, row) for row in page]
        yield yaml.dump(
            described,
            Dumper=Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,
            width=LINE_LENGTH_MAX,
        )
        page = list(rows.filter(pk__gt=page[-1].pk)[:PAGE_ROWS])


def _described(form: Form, row: Any) -> dict[str, Any]:
    """Every field of a row, also those that are what they are by default."""
    described: dict[str, Any] = {}
    for name, each in form.fields.items():
        if isinstance(each, Group):
            parts = each.fields.items()
            described[name] = {part: _written(row, field.column) for part, field in parts}
        elif not isinstance(each, Secret) and name not in form.other_words:
            described[name] = _written(row, each.column)
    return described


def _written(row: Any, column: str) -> Any:
    if column == "owner":
        return row.owner_id
    value = stored_value(row, column)
    if column == "cache_threshold" and isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Decimal | datetime | time) or column == "aliases":
        return as_shown(column, value)
    return value
