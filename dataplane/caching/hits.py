"""What a look-up finds."""

from dataclasses import dataclass

from dataplane.caching.entries import Entry


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry, and how it was found."""

    entry: Entry
    kind: str
    """`exact` or `semantic`."""
    score: float = 1.0
    """Of a semantic one: how sure the judgement is, up to 1."""
    cosine: float = 1.0
    """How similar the two questions are."""
