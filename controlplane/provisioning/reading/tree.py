"""Grows the tree of a file from what its parser meets, within bounds.

What counts is the tree with every alias written out: that is what a small file that refers to
itself over and over blows up, and what whoever reads the tree will walk.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem
from controlplane.provisioning.reading.nodes import Fields, Items, Node, Scalar
from controlplane.validators import UNSTORABLE

DEPTH_MAX = 32
NODES_MAX = 1_000_000
NAME_SHOWN_MAX = 60
MERGE = "<<"


@dataclass(slots=True)
class _Open:
    """A list or an object whose end has not come yet."""

    node: Items | Fields
    anchor: str | None
    size: int = 1
    height: int = 1
    name: Scalar | None = None
    merged: list[tuple[Scalar, Node]] = field(default_factory=list)


class Tree:
    """Takes what a parser meets, in its order; `root` is the result."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._size = 0

    def scalar(self, node: Scalar, anchor: str | None = None) -> None:
        if UNSTORABLE.search(node.text):
            self._note(node, "Holds a character that cannot be stored.")
        self._grow(node, 1)
        if anchor is not None:
            self._anchors[anchor] = (node, 1, 1)
        self._attach(node, 1, 1)

    def open(self, node: Items | Fields, anchor: str | None = None) -> None:
        self._grow(node, 1)
        self._open.append(_Open(node, anchor))
        if len(self._open) > DEPTH_MAX:
            raise too_deep(node)

    def close(self) -> None:
        done = self._open.pop()
        if isinstance(done.node, Fields):
            self._merge(done.node, done.merged)
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.node, done.size, done.height)
        self._attach(done.node, done.size, done.height)

    def alias(self, name: str, line: int, column: int) -> None:
        """What an anchor before it named. One that is still open would hold itself."""
        here = Node(line, column)
        if name not in self._anchors:
            raise broken(here, f"The alias '*{shown(name)}' names nothing that stands before it.")
        node, size, height = self._anchors[name]
        if len(self._open) + height > DEPTH_MAX:
            raise too_deep(here)
        self._grow(here, size)
        self._attach(node, size, height)

    def _grow(self, node: Node, size: int) -> None:
        self._size += size
        if self._size > NODES_MAX:
            raise broken(node, f"More than {NODES_MAX:,} values, with every alias written out.")

    def _attach(self, node: Node, size: int, height: int) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.size += size
        parent.height = max(parent.height, height + 1)
        if isinstance(parent.node, Items):
            parent.node.entries.append(node)
        elif parent.name is None:
            parent.name = self._name(node)
        else:
            self._pair(parent, parent.name, node)
            parent.name = None

    def _name(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            raise broken(node, "The name of a field is a text, not a list or an object.")
        return node

    def _pair(self, parent: _Open, name: Scalar, node: Node) -> None:
        assert isinstance(parent.node, Fields)
        if name.text == MERGE and name.plain:
            parent.merged.append((name, node))
        elif (first := parent.node.pairs.get(name.text)) is not None:
            message = f"'{shown(name.text)}' is here twice, first in line {first[0].line}."
            self._note(name, message)
        else:
            parent.node.pairs[name.text] = (name, node)

    def _merge(self, node: Fields, merged: list[tuple[Scalar, Node]]) -> None:
        """YAML's `<<`: what the objects it names have, unless it is said here."""
        for _, (again, _) in pairwise(merged):
            self._note(again, "'<<' is here twice: name a list of aliases.")
        for name, value in merged[:1]:
            sources = value.entries if isinstance(value, Items) else [value]
            for source in sources:
                if not isinstance(source, Fields):
                    self._note(name, "'<<' merges objects.")
                else:
                    node.pairs |= {k: v for k, v in source.pairs.items() if k not in node.pairs}

    def _note(self, node: Node, message: str) -> None:
        self.problems.append(Problem(node.place(""), message))


def shown(name: str) -> str:
    """A name out of a file, short and in printable characters."""
    text = name if name.isprintable() else name.encode("unicode_escape").decode()
    return text if len(text) <= NAME_SHOWN_MAX else f"{text[:NAME_SHOWN_MAX]}…"


def broken(node: Node, message: str) -> ConfigurationWrong:
    """For what leaves no tree to look at for more problems."""
    return ConfigurationWrong([Problem(Place(node.line, node.column), message)])


def too_deep(node: Node) -> ConfigurationWrong:
    return broken(node, f"Nested deeper than {DEPTH_MAX} levels.")
