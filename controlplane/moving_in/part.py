"""A value of a peer's file, by which it is read and by which is said what becomes of it."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from billing.money import QUANTUM
from controlplane.moving_in.coverage import Coverage, Fate, below, says_nothing
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.reading.nodes import Fields, Items, Node, Scalar
from controlplane.provisioning.values import NUMBER_LENGTH_MAX, Kind, Wrong, text

USD_MAX = Decimal(10) ** 11


class Part:
    """A value at its path. One that is not there reads as null, and stands where its parent does.

    What cannot be read is a problem of the file, and reads as None.
    """

    __slots__ = ("_coverage", "is_there", "node", "path")

    def __init__(self, node: Node, path: str, coverage: Coverage, is_there: bool = True) -> None:
        self.node = node
        self.path = path
        self.is_there = is_there
        self._coverage = coverage

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return self.is_there and not says_nothing(self.node)

    def get(self, name: str) -> "Part":
        pairs = self.node.pairs if isinstance(self.node, Fields) and self.is_there else {}
        if name in pairs:
            return Part(pairs[name][1], below(self.path, name), self._coverage)
        return Part(self.node, below(self.path, name), self._coverage, is_there=False)

    def fields(self) -> Iterator[tuple[str, "Part"]]:
        if isinstance(self.node, Fields) and self.is_there:
            for name in self.node.pairs:
                yield name, self.get(name)
        elif self:
            self.wrong("Must be an object.")

    def items(self) -> Iterator["Part"]:
        if isinstance(self.node, Items) and self.is_there:
            for index, entry in enumerate(self.node.entries):
                yield Part(entry, f"{self.path}[{index}]", self._coverage)
        elif self:
            self.wrong("Must be a list.")

    def read(self, kind: Kind) -> Any:
        if not self:
            return None
        try:
            return kind(self.node)
        except Wrong as wrong:
            self.wrong(wrong.message)
            return None

    def text(self) -> str:
        """Empty where nothing is said."""
        return self.read(text) or ""

    def texts(self) -> list[str]:
        return [found for part in self.items() if (found := part.text())]

    def amount(self) -> Decimal | None:
        """US dollars as other gateways write them: floats, rounded to what we keep."""
        return self.read(amount)

    def wrong(self, message: str) -> None:
        self._coverage.problems.append(Problem(self.node.place(self.path), message))

    def mapped(self, to: str) -> "Part":
        return self._say(Fate.MAPPED, to)

    def approximated(self, how: str) -> "Part":
        return self._say(Fate.APPROXIMATED, how)

    def left(self, why: str) -> "Part":
        return self._say(Fate.NOT_MAPPED, why)

    def _say(self, fate: Fate, words: str) -> "Part":
        if self.is_there and (self or fate is Fate.MAPPED):
            self._coverage.say(self.path, fate, words)
        return self


def amount(node: Node) -> Decimal:
    """A number from 0 on, written in any way; at most twelve decimals are kept."""
    written = node.text if isinstance(node, Scalar) else ""
    try:
        value = Decimal(written) if len(written) <= NUMBER_LENGTH_MAX else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < USD_MAX:
        raise Wrong(node, "Must be an amount of US dollars from 0 on.")
    return value.quantize(QUANTUM)
