"""What a peer's files come to: sections of a configuration file, with the places of theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from controlplane.accounts.permissions import Resource
from controlplane.keys.services import TakenOver
from controlplane.provisioning.desired import Desired, desired_by
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.reading.nodes import Fields, Items, Node, Scalar
from controlplane.provisioning.sources import Sources


@dataclass(slots=True)
class Wanted:
    """Sections in the words of a configuration file; `hashes` are keys' secrets, by key."""

    sections: dict[str, list[Node]] = field(default_factory=dict)
    hashes: dict[str, TakenOver] = field(default_factory=dict)

    def add(self, section: str, at: Node, **fields: Any) -> None:
        """What is None is left out, and so left as it is."""
        said = {name: value for name, value in fields.items() if value is not None}
        self.sections.setdefault(section, []).append(made(said, at))

    def desired(self, problems: list[Problem], sources: Sources) -> Desired:
        top = Fields(1, 1, {})
        for name, entries in self.sections.items():
            top.pairs[name] = (Scalar(1, 1, name, plain=True), Items(1, 1, entries))
        desired = desired_by(top, problems, sources)
        for entry in desired.entries[Resource.VIRTUAL_KEYS]:
            if (known := self.hashes.get(entry.id or "")) is not None:
                entry.set("taken_over", known, entry.place)
        return desired


def made(value: Any, at: Node) -> Node:
    """A value as a file would have it, at the place of another."""
    line, column, file = at.line, at.column, at.file
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        pairs = {
            name: (Scalar(line, column, name, plain=False, file=file), made(each, at))
            for name, each in value.items()
        }
        return Fields(line, column, pairs, file=file)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Items(line, column, [made(each, at) for each in value], file=file)
    if isinstance(value, str):
        return Scalar(line, column, value, plain=False, file=file)
    return Scalar(line, column, _plain(value), plain=True, file=file)


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
