"""The ids of imported records: the same row has the same id, whenever its file is read.

A row that names none is known by what it says, and by how often that was said before. Which rows
that concerns is found out when the file is looked at, in twelve bytes a row, so that a reading of
millions of rows remembers those alone that are there more than once.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from typing import Protocol

ID_LENGTH_MAX = 64
MADE_UP = "imp_"
GIVEN = 1
PARTS = 16
TWICE = "This id is here twice."


class Ids(Protocol):
    def of(self, line: int, said: bytes, given: str | None) -> str:
        """The id of a row by what it says. Raises `ValueError` for a given one that is taken."""


class FirstLook:
    """Notes what rows say; their ids are told by the next reading."""

    def __init__(self) -> None:
        self._short = array("Q")
        self._lines = array("I")

    def of(self, line: int, said: bytes, given: str | None) -> str:
        self._short.append(_short(sha256(said).digest(), given))
        self._lines.append(line)
        return ""

    def repeated(self) -> frozenset[int]:
        """What is said more than once; a part at a time, lest all of it is sorted at once."""
        found: set[int] = set()
        for part in range(PARTS):
            some = sorted(each for each in self._short if each >> 1 & PARTS - 1 == part)
            found.update(one for one, after in pairwise(some) if one == after)
        return frozenset(found)

    def lines_given_again(self, repeated: frozenset[int]) -> Iterator[int]:
        """The lines of given ids that an earlier line has."""
        if not any(each & GIVEN for each in repeated):
            return
        seen: set[int] = set()
        for short, line in zip(self._short, self._lines, strict=True):
            if short & GIVEN and short in repeated:
                if short in seen:
                    yield line
                seen.add(short)


class SecondLook:
    """Tells ids, in the order of the file; `repeated` is what the first look found."""

    def __init__(self, repeated: frozenset[int]) -> None:
        self._repeated = repeated
        self._seen: Counter[int] = Counter()

    def of(self, line: int, said: bytes, given: str | None) -> str:
        digest = sha256(said).digest()
        times = self._times(_short(digest, given))
        if given is None:
            return MADE_UP + sha256(digest[:16] + f"{times}".encode()).hexdigest()[:32]
        if times > 1:
            raise ValueError(TWICE)
        return given if len(given) <= ID_LENGTH_MAX else f"{MADE_UP}{digest[:16].hex()}"

    def _times(self, short: int) -> int:
        if short not in self._repeated:
            return 1
        self._seen[short] += 1
        return self._seen[short]


def _short(digest: bytes, given: str | None) -> int:
    """Eight bytes of it; the last bit tells given ids from the others."""
    number = int.from_bytes(digest[:8], "big")
    return number | GIVEN if given is not None else number & ~GIVEN
