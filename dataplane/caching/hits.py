"""What a look-up finds."""

from dataclasses import dataclass

from dataplane.caching.entries import Entry

EXACT, SEMANTIC, MISS = "exact", "semantic", "miss"


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry, and how it was found."""

    entry: Entry
    kind: str
    score: float = 1.0
    """Of a semantic one: how sure the judgement is, up to 1."""
