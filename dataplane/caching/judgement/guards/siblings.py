"""One of a kind for another: `in blue` is not `in red`, `to boston` not `to denver`."""

from dataplane.caching.judgement.difference import Difference
from dataplane.caching.judgement.kinds import KINDS
from dataplane.caching.judgement.prompt import Prompt

_NAME_WORDS_MAX = 3


def _kinds_by_name() -> dict[str, set[int]]:
    kinds: dict[str, set[int]] = {}
    for kind, line in enumerate(KINDS.split(";")):
        for name in line.split():
            kinds.setdefault(name.replace("_", " "), set()).add(kind)
    return kinds


_BY_NAME = _kinds_by_name()


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    in_asked, in_stored = _named(asked), _named(stored)
    for name in sorted(in_asked - in_stored):
        for other in sorted(in_stored - in_asked):
            if not _BY_NAME[name].isdisjoint(_BY_NAME[other]) and not _same(name, other):
                return Difference((name,), (other,))
    return None


def _named(prompt: Prompt) -> set[str]:
    """The longest names: `new york` is neither `york` nor a `new` anything."""
    texts, place = prompt.texts, 0
    found: set[str] = set()
    while place < len(texts):
        length = 1
        for words in range(_NAME_WORDS_MAX, 0, -1):
            name = _known(" ".join(texts[place : place + words]))
            if name:
                found.add(name)
                length = words
                break
        place += length
    return found


def _known(name: str) -> str:
    if name in _BY_NAME:
        return name
    return name[:-1] if name.endswith("s") and name[:-1] in _BY_NAME else ""


def _same(name: str, other: str) -> bool:
    """`child` and `children`, `math` and `mathematics`."""
    return name[:4] == other[:4] and min(len(name), len(other)) >= 4 and " " not in name + other
