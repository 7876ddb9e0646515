"""A filter as words that can be taken away: name, value, ×."""

from dataclasses import dataclass

from controlplane.accounts.permissions import Principal
from controlplane.dashboard.filters.names import all_names, name_in
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
    """In the order of the URL; one query for all names."""
    chips: list[Chip] = []
    given = {name: values for name, values in query.values.items() if _filters(name)}
    names = all_names(given, viewer)
    for dimension, values in given.items():
        title = title_of(dimension)
        for value in values:
            name = name_in(names[dimension], dimension, value)
            chips.append(Chip(dimension, title, value, name, query.removing(dimension, value)))
    return chips[:CHIPS_MAX]


def _filters(name: str) -> bool:
    return name in DIMENSIONS or name.startswith(METADATA_PREFIX)


def title_of(dimension: str) -> str:
    """`Customer`, `Key`; a key of metadata is called as its owner calls it."""
    return DIMENSIONS.get(dimension) or dimension.removeprefix(METADATA_PREFIX)
