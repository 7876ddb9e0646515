"""One change of a plan, and how it is shown to people and programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from billing.money import format_usd
from controlplane.accounts.permissions import Resource
from controlplane.provisioning.forms.form import Entry, Form

RATE_SUFFIXES = ("_usd", "_usd_per_mtok", "_usd_per_thousand")
SECRET_COLUMNS = frozenset({"credential", "secret", "url"})
GIVEN = "(given)"


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"


class Difference(NamedTuple):
    """What a field held and will hold, as it may be shown; `old` is None for a new row."""

    field: str
    old: Any
    new: Any


@dataclass(slots=True)
class Change:
    """What becomes of one row. `about` says what an id does not; `notes` what follows from it."""

    action: Action
    resource: Resource
    id: str | None
    entry: Entry | None = None
    row: Any = None
    values: dict[str, Any] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    about: str = ""
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        fields = {
            each.field: {"old": each.old, "new": each.new}
            if self.action is Action.UPDATE
            else {"new": each.new}
            for each in self.differences
        }
        shown = {"action": self.action.value, "resource": self.resource.value, "id": self.id}
        return {**shown, "about": self.about, "fields": fields, "notes": self.notes}


def differences(form: Form, values: Mapping[str, Any], stored: Any) -> list[Difference]:
    """The fields that are set, in the order of the form; `stored` is None for a new row."""
    return [
        Difference(
            name,
            None if stored is None else as_shown(column, stored(column)),
            as_shown(column, values[column]),
        )
        for column, name in form.columns()
        if column in values
    ]


def as_shown(column: str, value: Any) -> Any:
    """A value as JSON has it; money as text, secrets not at all."""
    if column in SECRET_COLUMNS:
        return None if value is None else GIVEN
    if isinstance(value, Decimal):
        return format_usd(value) if column.endswith(RATE_SUFFIXES) else f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, time):
        return value.isoformat()
    if column == "aliases":
        return [name if weight == 1 else {"name": name, "weight": weight} for name, weight in value]
    return value
