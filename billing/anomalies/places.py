"""Whose traffic a series is of: customer, team, virtual key, model, a value of their metadata."""

from collections.abc import Mapping
from dataclasses import dataclass

RANKS = ("", "customer", "model", "team", "virtual_key")  # metadata comes first


@dataclass(frozen=True, slots=True)
class Place:
    """Pairs of a level and an id, from the customer down: `(("customer", "acme"), …)`.

    A place holds every other that has all its pairs: a customer holds its keys, a key its models.
    """

    path: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, **levels: str) -> "Place":
        return cls(tuple(levels.items()))

    def holds(self, other: "Place") -> bool:
        return set(self.path) <= set(other.path)

    @property
    def customer(self) -> tuple[str, str]:
        return self.path[0]

    @property
    def rank(self) -> int:
        """Which of places that explain the same is named: the one that somebody can act on."""
        level = self.path[-1][0]
        return RANKS.index(level) if level in RANKS else 0

    @property
    def depth(self) -> int:
        return len(self.path)

    def ids(self) -> Mapping[str, str]:
        return dict(self.path)
