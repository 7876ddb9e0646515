"""What a file wants there to be: its entries by resource, each known to be well-formed or not."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from controlplane.accounts.permissions import Resource
from controlplane.budgets.models import OwnerType
from controlplane.provisioning.forms import FORMS, SECTIONS
from controlplane.provisioning.forms.budgets import INLINE_BUDGETS
from controlplane.provisioning.forms.form import Entry, Form
from controlplane.provisioning.forms.reader import EntryReader
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.reading import Format, read_tree
from controlplane.provisioning.reading.nodes import Fields, Items, Node
from controlplane.provisioning.sources import Sources

OWNER_TYPES = {
    Resource.CUSTOMERS: OwnerType.CUSTOMER,
    Resource.TEAMS: OwnerType.TEAM,
    Resource.VIRTUAL_KEYS: OwnerType.VIRTUAL_KEY,
}


@dataclass(slots=True)
class Desired:
    """`sections` are those that the file has, also empty ones; `problems` what is wrong so far."""

    entries: dict[Resource, list[Entry]] = field(
        default_factory=lambda: {form.resource: [] for form in FORMS}
    )
    sections: dict[Resource, Node] = field(default_factory=dict)
    # Owners whose budgets the file lists beside their other fields.
    inline_owners: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def by_id(self, resource: Resource) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries[resource] if entry.id is not None}


def read_desired(content: bytes, kind: Format, sources: Sources) -> Desired:
    """Raises `ConfigurationWrong` for what cannot be read; lesser problems are in the answer."""
    top, problems = read_tree(content, kind)
    return desired_by(top, problems, sources)


def desired_by(top: Fields, problems: list[Problem], sources: Sources) -> Desired:
    """What a tree of sections wants; `problems` are those of its reading, and grow."""
    desired = Desired(problems=problems)
    reader = EntryReader(problems, sources)
    for name, (key, node) in top.pairs.items():
        form = SECTIONS.get(name)
        if form is None:
            reader.unknown(key, "", SECTIONS)
        elif not isinstance(node, Items):
            reader.note(node, name, "Must be a list.")
        else:
            desired.sections[form.resource] = node
            _read_section(desired, reader, form, node)
    for entries in desired.entries.values():
        problems.extend(problem for entry in entries for problem in _broken_rules(entry))
        problems.extend(_repeated_ids(entries))
    return desired


def _read_section(desired: Desired, reader: EntryReader, form: Form, section: Items) -> None:
    for index, node in enumerate(section.entries):
        read = reader.read(form, node, f"{form.section}[{index}]")
        if read is not None:
            entry, budget = read
            desired.entries[form.resource].append(entry)
            if budget is not None:
                _read_budgets(desired, reader, entry, budget)


def _read_budgets(desired: Desired, reader: EntryReader, owner: Entry, node: Node) -> None:
    """An owner's own budgets: one, or a list of them."""
    path = f"{owner.place.path}.budget"
    listed = isinstance(node, Items)
    for index, each in enumerate(node.entries if isinstance(node, Items) else [node]):
        read = reader.read(INLINE_BUDGETS, each, f"{path}[{index}]" if listed else path)
        if read is not None and owner.id is not None:
            entry, _ = read
            entry.set("owner_type", OWNER_TYPES[owner.form.resource], owner.place)
            entry.set("owner", owner.id, owner.place)
            desired.entries[Resource.BUDGETS].append(entry)
    if owner.id is not None and isinstance(node, Items | Fields):
        desired.inline_owners.add((OWNER_TYPES[owner.form.resource], owner.id))


def _broken_rules(entry: Entry) -> Iterator[Problem]:
    """What the model says of each value alone; its references are looked at later."""
    meta = entry.form.model._meta
    columns = {each.attname: each for each in meta.concrete_fields if not each.is_relation}
    values = entry.values if entry.id is None else {"id": entry.id, **entry.values}
    for name, value in values.items():
        if name not in columns:
            continue
        try:
            columns[name].clean(value, None)
        except ValidationError as error:
            yield entry.problem(name, " ".join(error.messages))


def _repeated_ids(entries: list[Entry]) -> Iterator[Problem]:
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.id is None:
            continue
        if (earlier := first.setdefault(entry.id, entry)) is not entry:
            before = earlier.place_of("id")
            message = f"The id '{entry.id}' is here twice, first in line {before.line}."
            yield entry.problem("id", message)
