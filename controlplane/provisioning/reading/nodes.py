"""A file as it was read: a tree in which everything knows where it stands.

Scalars keep their text, so that each field decides what it means: money stays exact, and `off` is
a cache mode where a mode is expected, not false.
"""

from dataclasses import dataclass, field

from controlplane.provisioning.problems import Place

NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class Node:
    """`file` is said where there are several."""

    line: int
    column: int
    file: str = field(default="", kw_only=True)

    def place(self, path: str) -> Place:
        return Place(self.line, self.column, path, self.file)


@dataclass(slots=True)
class Scalar(Node):
    """A text as it was written. Only a plain one (without quotes) can be a number or null."""

    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        return self.plain and self.text in NULLS


@dataclass(slots=True)
class Items(Node):
    """A list."""

    entries: list[Node]


@dataclass(slots=True)
class Fields(Node):
    """Names, each once, with where they stand and what they name."""

    pairs: dict[str, tuple[Scalar, Node]]


def is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_null
