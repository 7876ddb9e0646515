"""What applying a file changes: computed from what it wants and what there is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from controlplane.accounts.permissions import Resource
from controlplane.budgets.models import OwnerType
from controlplane.provisioning.changes import Action, Change, Difference, differences
from controlplane.provisioning.current import Rows
from controlplane.provisioning.desired import Desired
from controlplane.provisioning.forms import FORMS
from controlplane.provisioning.forms.form import Entry
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.stored import is_same, stored_value
from dataplane.contract.provider_names import KINDS

OWNER_WORDS = {
    OwnerType.CUSTOMER: "customer",
    OwnerType.TEAM: "team",
    OwnerType.VIRTUAL_KEY: "virtual key",
}
OWNER_COLUMNS = frozenset({"owner_type", "owner"})
# The ways in which a new key's secret is given: itself, or by what it is known by.
SECRETS = frozenset({"secret", "taken_over"})
# Fields of which nothing is shown, only that they are other ones.
SEALED = frozenset({"credential", "url"})
CHANGED, REMOVED = "(changed)", "(removed)"
# Each is looked at by a program of its own, while nobody else can apply.
NEW_ADDRESSES_MAX = 50


@dataclass(slots=True)
class Plan:
    """Changes in the order in which they are made; `kept` says what pruning left, and why."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.changes

    @property
    def resources(self) -> set[Resource]:
        return {change.resource for change in self.changes}

    def counts(self) -> dict[str, int]:
        found = Counter(change.action for change in self.changes)
        return {
            **{action.value: found[action] for action in Action},
            "unchanged": self.unchanged,
        }


def compute_plan(desired: Desired, rows: Rows) -> Plan:
    """What is to be created and changed. What is wrong joins the problems of `desired`."""
    plan = Plan()
    for form in FORMS:
        for entry in desired.entries[form.resource]:
            row = rows.get(form.resource, entry.id)
            if row is None:
                desired.problems.extend(_lacking(entry))
                plan.changes.append(_creation(entry))
            elif (change := _update(entry, row, desired.problems)) is not None:
                plan.changes.append(change)
            else:
                plan.unchanged += 1
    desired.problems.extend(_too_many_addresses(plan))
    return plan


def _creation(entry: Entry) -> Change:
    # Whose a budget is is said beside its id.
    shown = {name: value for name, value in entry.values.items() if name not in OWNER_COLUMNS}
    return Change(
        Action.CREATE,
        entry.form.resource,
        entry.id,
        entry,
        values=dict(entry.values),
        differences=differences(entry.form, shown, None),
        about=about(entry.form.resource, entry.values),
    )


def _update(entry: Entry, row: Any, problems: list[Problem]) -> Change | None:
    resource = entry.form.resource
    values = {
        column: value
        for column, value in entry.values.items()
        if column not in OWNER_COLUMNS and not is_same(resource, row, column, value)
    }
    if given := SECRETS & set(values):
        message = "This key has another secret: rotate it instead, or leave the secret out."
        problems.extend(entry.problem(column, message) for column in sorted(given))
    if not values:
        return None
    found = differences(entry.form, values, lambda column: stored_value(row, column))
    return Change(
        Action.UPDATE,
        resource,
        entry.id,
        entry,
        row,
        values,
        [_secretive(each, row) for each in found],
        about(resource, vars(row) | {"owner": getattr(row, "owner_id", None)}),
    )


def _secretive(difference: Difference, row: Any) -> Difference:
    """Of what is sealed is said that it is another, or no more."""
    if difference.field not in SEALED:
        return difference
    gone, had_one = difference.new is None, row.credential_sealed is not None
    words = REMOVED if gone else CHANGED if had_one else difference.new
    return Difference(difference.field, None, words)


def about(resource: Resource, values: dict[str, Any]) -> str:
    """What tells a budget or a price from others, which its id alone may not."""
    if resource is Resource.BUDGETS and values.get("owner"):
        words = OWNER_WORDS[values["owner_type"]]
        return f"{words} {values['owner']}, {values.get('window', 'month')}"
    if resource is Resource.PRICES and values.get("model_id"):
        return f"{values['model_id']}"
    return ""


def _lacking(entry: Entry) -> Iterator[Problem]:
    """What a new row cannot do without."""
    if entry.form.resource is Resource.BUDGETS and "limit_usd" not in entry.places:
        yield Problem(entry.place, "Needs a limit, such as 'limit_usd' or 'monthly_usd'.")
    if entry.form.resource is Resource.PROVIDERS and "kind" not in entry.places:
        if entry.id in KINDS:
            entry.values.setdefault("kind", entry.id)
        else:
            yield Problem(entry.place, f"Needs 'kind': one of {', '.join(KINDS)}.")
    if entry.form.resource is Resource.NOTICE_CHANNELS:
        yield from _lacks(entry, kind="how it is told", url="where notices go")
    if entry.form.resource is Resource.ALERT_RULES:
        yield from _lacks(entry, channel_id="where its alerts go")


def _lacks(entry: Entry, **needed: str) -> Iterator[Problem]:
    for column, meaning in needed.items():
        if column not in entry.places:
            yield Problem(entry.place, f"Needs '{column.removesuffix('_id')}': {meaning}.")


def _too_many_addresses(plan: Plan) -> Iterator[Problem]:
    addressed = [change.entry for change in plan.changes if "url" in change.values]
    for entry in addressed[NEW_ADDRESSES_MAX:]:
        assert entry is not None
        yield entry.problem("url", f"A file may have at most {NEW_ADDRESSES_MAX} new addresses.")
