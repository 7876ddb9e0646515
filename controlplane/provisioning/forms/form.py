"""What a section of a file may say: its fields by name, and the columns that they are kept in."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from controlplane.accounts.permissions import Resource
from controlplane.provisioning.problems import Place, Problem
from controlplane.provisioning.reading.nodes import Node
from controlplane.provisioning.sources import Sources
from controlplane.provisioning.values import Kind


@dataclass(slots=True)
class Entry:
    """One object that a file wants: its values by column, and where each of them stands."""

    form: "Form"
    place: Place
    id: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def place_of(self, column: str) -> Place:
        return self.places.get(column, self.place)

    def problem(self, column: str, message: str) -> Problem:
        return Problem(self.place_of(column), message)

    def set(self, column: str, value: Any, place: Place) -> None:
        self.values[column] = value
        self.places[column] = place


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is kept in a column of the same resource."""

    column: str
    read: Kind


@dataclass(frozen=True, slots=True)
class Secret:
    """A field whose value may be kept elsewhere; it is never shown."""

    column: str
    read: Callable[[Node, Sources], Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one name; null resets them all to what they are when nobody says anything."""

    fields: Mapping[str, Field]


Entries = Callable[[Entry], Iterator[Problem]]


def _as_it_is(entry: Entry) -> Iterator[Problem]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Form:
    """A section: what its objects are, what may be said of one, and what follows from that."""

    section: str
    resource: Resource
    model: type[Model]
    fields: Mapping[str, Field | Secret | Group]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    # Fields that only say in other words what another one says.
    other_words: Container[str] = ()
    has_budget: bool = False
    # Completes an entry whose fields have been read, and says what does not fit together.
    complete: Entries = _as_it_is

    @property
    def names(self) -> list[str]:
        """What fields may be called, for those who mistyped one."""
        return [*self.fields, *self.synonyms, *(("budget",) if self.has_budget else ())]

    def default(self, column: str) -> Any:
        """What the column holds when nobody says anything."""
        return self.model._meta.get_field(column).get_default()  # type: ignore[union-attr]

    def columns(self) -> Iterator[tuple[str, str]]:
        """Each column, and how its field is called: `rate_limit.tokens_per_minute`."""
        for name, each in self.fields.items():
            if name in self.other_words:
                continue
            if isinstance(each, Group):
                yield from ((part.column, f"{name}.{sub}") for sub, part in each.fields.items())
            else:
                yield each.column, name
