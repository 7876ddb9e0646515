"""Reads one object of a section by its form. What is wrong with it is noted, not raised."""

from collections.abc import Callable, Iterable
from typing import Any

from controlplane.provisioning.forms.form import Entry, Form, Group, Secret
from controlplane.provisioning.problems import PROBLEMS_SHOWN_MAX, Problem
from controlplane.provisioning.reading.nodes import Fields, Node, Scalar, is_null
from controlplane.provisioning.reading.tree import shown
from controlplane.provisioning.sources import Sources
from controlplane.provisioning.values import Wrong, unknown_field

BUDGET = "budget"


class EntryReader:
    """Reads entries; `problems` grows."""

    def __init__(self, problems: list[Problem], sources: Sources) -> None:
        self._problems = problems
        self._sources = sources

    def read(self, form: Form, node: Node, path: str) -> tuple[Entry, Node | None] | None:
        """The entry and its inline budget, if it has one; None for what is no object."""
        if not isinstance(node, Fields):
            self.note(node, path, "Must be an object.")
            return None
        entry = Entry(form, node.place(path))
        budget = None
        for name, (key, value) in node.pairs.items():
            if name == BUDGET and form.has_budget:
                budget = value
            else:
                self._field(entry, form, name, key, value)
        entry.id = entry.values.pop("id", None)
        self._problems.extend(form.complete(entry))
        return entry, budget

    def note(self, node: Node, path: str, message: str) -> None:
        self._problems.append(Problem(node.place(path), message))

    def unknown(self, key: Scalar, path: str, known: Iterable[str]) -> None:
        # Guessing takes its time, and nobody reads a thousand guesses.
        guessed = known if len(self._problems) < PROBLEMS_SHOWN_MAX else ()
        self.note(key, path + shown(key.text), unknown_field(key.text, guessed))

    def _field(self, entry: Entry, form: Form, name: str, key: Scalar, value: Node) -> None:
        path = f"{entry.place.path}.{name}"
        found = form.fields.get(form.synonyms.get(name, name))
        if found is None:
            self.unknown(key, f"{entry.place.path}.", form.names)
        elif isinstance(found, Group):
            self._group(entry, found, value, path)
        elif isinstance(found, Secret):
            self._take(entry, found.column, key, value, path, self._with_sources(found))
        else:
            self._take(entry, found.column, key, value, path, found.read)

    def _group(self, entry: Entry, group: Group, node: Node, path: str) -> None:
        if is_null(node):
            for each in group.fields.values():
                entry.set(each.column, entry.form.default(each.column), node.place(path))
        elif not isinstance(node, Fields):
            self.note(node, path, "Must be an object.")
        else:
            for name, (key, value) in node.pairs.items():
                part = group.fields.get(name)
                if part is None:
                    self.unknown(key, f"{path}.", group.fields)
                else:
                    self._take(entry, part.column, key, value, f"{path}.{name}", part.read)

    def _take(
        self,
        entry: Entry,
        column: str,
        key: Scalar,
        node: Node,
        path: str,
        read: Callable[[Node], Any],
    ) -> None:
        if (first := entry.places.get(column)) is not None:
            self.note(key, path, f"Says again what '{first.path}' says in line {first.line}.")
            return
        # Known of, even where its value is wrong, so that it is not missed as well.
        entry.places[column] = node.place(path)
        try:
            entry.values[column] = read(node)
        except Wrong as wrong:
            self.note(wrong.node, path + wrong.path, wrong.message)

    def _with_sources(self, found: Secret) -> Callable[[Node], Any]:
        return lambda node: found.read(node, self._sources)
