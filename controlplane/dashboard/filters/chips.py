"""A filter as words that can be taken away: name, value, ×."""

from dataclasses import dataclass

from controlplane.accounts.permissions import Principal
from controlplane.dashboard.filters.names import name_in, names_of
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import DIMENSIONS
from controlplane.usage.parameters import METADATA_PREFIX

CHIPS_MAX = 100


@dataclass(frozen=True)
class Chip:
    """One value of one dimension; `without` is the page's query that lacks it."""

    dimension: str
    title: str
    value: str
    name: str
    without: Query


def chips_of(query: Query, viewer: Principal) -> list[Chip]:
    """In the order of the URL; one query for each kind of object that has a name."""
    chips: list[Chip] = []
    for dimension, values in query.values.items():
        if dimension not in DIMENSIONS and not dimension.startswith(METADATA_PREFIX):
            continue
        names = names_of(dimension, values, viewer)
        title = title_of(dimension)
        for value in values:
            name = name_in(names, dimension, value)
            chips.append(Chip(dimension, title, value, name, query.removing(dimension, value)))
    return chips[:CHIPS_MAX]


def title_of(dimension: str) -> str:
    """`Customer`, `Key`; a key of metadata is called as its owner calls it."""
    return DIMENSIONS.get(dimension) or dimension.removeprefix(METADATA_PREFIX)
