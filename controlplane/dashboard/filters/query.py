"""The parameters of a page's URL, and URLs that differ from it in some of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.http import QueryDict

from controlplane.usage.filters import COLUMNS
from controlplane.usage.parameters import METADATA_PREFIX

Value = str | int | Sequence[str] | None


def _filters(name: str) -> bool:
    return name in COLUMNS or name.startswith(METADATA_PREFIX)


@dataclass(frozen=True)
class Query:
    """Parameters in the order they were given; a name may have several values."""

    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, given: QueryDict) -> "Query":
        """What an empty field of a form sends says nothing; an empty filter asks for "not set"."""
        read = {str(name): tuple(map(str, values)) for name, values in given.lists()}
        return cls({name: values for name, values in read.items() if any(values) or _filters(name)})

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for name, values in self.values.items():
            for value in values:
                yield name, value

    def first(self, name: str, default: str = "") -> str:
        return self.values.get(name, (default,))[0]

    def all(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def having(self, changes: Mapping[str, Value]) -> "Query":
        """With these values instead of others of the name; None leaves the name out."""
        values = dict(self.values)
        for name, value in changes.items():
            values.pop(name, None)
            if value is not None:
                values[name] = (str(value),) if isinstance(value, str | int) else tuple(value)
        return Query(values)

    def only(self, names: Sequence[str]) -> "Query":
        """Without parameters of other names; a name that ends with a dot is a prefix."""
        prefixes = tuple(name for name in names if name.endswith("."))
        kept = {
            name: values
            for name, values in self.values.items()
            if name in names or name.startswith(prefixes or ("\0",))
        }
        return Query(kept)

    def adding(self, name: str, value: str) -> "Query":
        known = self.all(name)
        return self if value in known else self.having({name: (*known, value)})

    def removing(self, name: str, value: str) -> "Query":
        left = tuple(each for each in self.all(name) if each != value)
        return self.having({name: left or None})

    def text(self) -> str:
        return urlencode(list(self), quote_via=quote, safe="/:,")

    def url(self, path: str) -> str:
        text = self.text()
        return f"{path}?{text}" if text else path
