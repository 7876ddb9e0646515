"""The places that are watched, and how each is found in the usage rollup and among the records."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.anomalies.places import Place
from controlplane.usage.filters import RecordFilter

METADATA = "metadata."


@dataclass(frozen=True)
class Level:
    """A kind of place. `columns` are of facets and records alike; `levels` how a place names them.

    By metadata, the last two columns are a key and its value.
    """

    name: str
    columns: Sequence[str]
    levels: Sequence[str]
    by_key: bool = False

    @property
    def is_metadata(self) -> bool:
        return self.name == "metadata"

    def place(self, values: Sequence[str | None]) -> Place:
        if self.is_metadata:
            customer, key, value = map(str, values)
            return Place((("customer", customer), (METADATA + key, value)))
        pairs = zip(self.levels, values, strict=True)
        return Place(tuple((level, value) for level, value in pairs if value is not None))


LEVELS = (
    Level("customer", ("customer_id",), ("customer",)),
    Level("team", ("customer_id", "team_id"), ("customer", "team")),
    Level(
        "virtual_key",
        ("customer_id", "team_id", "virtual_key_id"),
        ("customer", "team", "virtual_key"),
        by_key=True,
    ),
    Level("model", ("customer_id", "model"), ("customer", "model")),
    Level("metadata", ("customer_id", "label.key", "label.value"), (), by_key=True),
)


def records_of(place: Place) -> RecordFilter:
    """The condition that records of a place fulfil."""
    ids = place.ids()
    return RecordFilter(
        fields={name: (id,) for name, id in ids.items() if not name.startswith(METADATA)},
        metadata={
            name.removeprefix(METADATA): (id,)
            for name, id in ids.items()
            if name.startswith(METADATA)
        },
    )


def parent_of(place: Place) -> Place | None:
    """The next place above it."""
    return Place(place.path[:-1]) if place.depth > 1 else None
