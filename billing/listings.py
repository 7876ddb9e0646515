"""Which listing of a vendor's price list a model's name means.

A listing has a clause: `{"starts_with": …}`, `ends_with`, `contains`, `equals`, `regex`, or `and`
/ `or` over a list of clauses. Case does not count. The first listing whose clause matches wins;
failing that, the one that has the very name.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

NAME_LENGTH_MAX = 2048
REMEMBERED_MAX = 10_000

# Amazon's ARNs and Google's resource names end in the model's own name.
RESOURCE = re.compile(r"^(?:arn:.*/|(?:.*/)?models/)(?=[^/]+$)")
COMPACT_DATE = re.compile(r"-(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[-:]|$)")

Predicate = Callable[[str], bool]


class Listed(Protocol):
    """What listings have, whoever keeps them."""

    @property
    def name(self) -> str: ...
    @property
    def match(self) -> Mapping[str, Any]: ...


L = TypeVar("L", bound=Listed)


class Listings(Generic[L]):
    """The listings of one vendor in order of matching; remembers what it was asked for."""

    def __init__(self, listings: Iterable[L]) -> None:
        self._listings = tuple(listings)
        self._clauses = [(compile_clause(listing.match), listing) for listing in self._listings]
        self._by_name = {listing.name.lower(): listing for listing in reversed(self._listings)}
        self._remembered: dict[str, L | None] = {}

    def __iter__(self) -> Iterator[L]:
        return iter(self._listings)

    def __len__(self) -> int:
        return len(self._listings)

    def find(self, name: str) -> L | None:
        """The listing that `name` means, or None."""
        if name in self._remembered:
            return self._remembered[name]
        if len(name) > NAME_LENGTH_MAX:
            return None
        found = next(filter(None, map(self._match, _spellings(name.lower()))), None)
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[name] = found
        return found

    def _match(self, name: str) -> L | None:
        for matches_clause, listing in self._clauses:
            if matches_clause(name):
                return listing
        return self._by_name.get(name)


def find_listing(listings: Iterable[L], name: str) -> L | None:
    """The listing that `name` means, or None. Who asks often keeps `Listings`."""
    known = listings if isinstance(listings, Listings) else Listings(listings)
    return known.find(name)


def compile_clause(clause: Mapping[str, Any]) -> Predicate:
    """A test for lower-case names. Raises `ValueError` for a clause that is none."""
    if len(clause) != 1:
        raise ValueError("a clause has one operator")
    ((operator, operand),) = clause.items()
    if operator in ("or", "and"):
        return _combined(any if operator == "or" else all, operand)
    if operator == "regex":
        pattern = re.compile(operand, re.IGNORECASE)
        return lambda name: pattern.search(name) is not None
    if operator in TESTS:
        return TESTS[operator](operand.lower())
    raise ValueError(f"no such operator of a clause: {operator}")


def _combined(combine: Callable[[Iterable[bool]], bool], clauses: list[Any]) -> Predicate:
    predicates = [compile_clause(clause) for clause in clauses]
    return lambda name: combine(predicate(name) for predicate in predicates)


TESTS: Mapping[str, Callable[[str], Predicate]] = {
    "starts_with": lambda text: lambda name: name.startswith(text),
    "ends_with": lambda text: lambda name: name.endswith(text),
    "contains": lambda text: lambda name: text in name,
    "equals": lambda text: lambda name: name == text,
}


def _spellings(name: str) -> Iterable[str]:
    """The name as given, without the resource path before it, and with dashes in its date."""
    plain = RESOURCE.sub("", name)
    return dict.fromkeys((name, plain, COMPACT_DATE.sub(r"-\1-\2-\3", plain)))
