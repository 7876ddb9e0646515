"""Pieces of SQL that carry their parameters along, and putting them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from string import Formatter
from typing import Any


@dataclass(frozen=True)
class Sql:
    """A piece of SQL, and the parameters for its marks in their order."""

    text: str
    parameters: tuple[Any, ...] = ()


TRUE, FALSE = Sql("TRUE"), Sql("FALSE")


def value(parameter: Any) -> Sql:
    return Sql("%s", (parameter,))


def joined(word: str, pieces: Sequence[Sql]) -> Sql:
    text = word.join(piece.text for piece in pieces)
    return Sql(text, tuple(chain.from_iterable(piece.parameters for piece in pieces)))


def filled(template: str, **pieces: Sql) -> Sql:
    """The template with a piece in each `{place}`, and all their parameters in order."""
    found: list[Sql] = []
    for literal, place, _, _ in Formatter().parse(template):
        found.append(Sql(literal))
        if place is not None:
            found.append(pieces[place])
    return joined("", found)
