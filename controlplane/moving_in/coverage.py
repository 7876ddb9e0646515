"""What becomes of each field of a peer's file. A field of which nobody says anything is unknown."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from controlplane.provisioning.problems import Problem
from controlplane.provisioning.reading.nodes import Fields, Items, Node, Scalar
from controlplane.provisioning.reading.tree import shown


class Fate(StrEnum):
    MAPPED = "mapped"
    APPROXIMATED = "approximated"
    NOT_MAPPED = "not_mapped"


UNKNOWN = "Not known here."
SAYS_NOTHING = "(empty)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One field: where it stands, and what it became, how it is approximated, or why it is left."""

    file: str
    line: int
    path: str
    fate: Fate
    words: str


@dataclass(slots=True)
class Coverage:
    """`said` is by path and holds for all below it that nothing is said of."""

    file: str
    root: Node
    problems: list[Problem] = field(default_factory=list)
    said: dict[str, tuple[Fate, str]] = field(default_factory=dict)

    def say(self, path: str, fate: Fate, words: str) -> None:
        self.said[path] = (fate, words)

    def findings(self) -> Iterator[Finding]:
        """Every value of the file, in its order, each once."""
        yield from self._below(self.root, "", None)

    def _below(self, node: Node, path: str, above: tuple[Fate, str] | None) -> Iterator[Finding]:
        said = self.said.get(path, above)
        if isinstance(node, Fields) and node.pairs:
            for name, (_, value) in node.pairs.items():
                yield from self._below(value, below(path, name), said)
        elif isinstance(node, Items) and node.entries:
            for index, entry in enumerate(node.entries):
                yield from self._below(entry, f"{path}[{index}]", said)
        else:
            nothing = says_nothing(node)
            unsaid = (Fate.MAPPED, SAYS_NOTHING) if nothing else (Fate.NOT_MAPPED, UNKNOWN)
            fate, words = said or unsaid
            yield Finding(self.file, node.line, path, fate, words)


def says_nothing(node: Node) -> bool:
    if isinstance(node, Scalar):
        return node.is_null or not node.text
    return not (node.pairs if isinstance(node, Fields) else node.entries)  # type: ignore[attr-defined]


def below(path: str, name: str) -> str:
    """The path of a field. Names come from strangers."""
    return f"{path}.{shown(name)}" if path else shown(name)
