"""What is known of one key's hits by similarity: how often wrong, from which score on, and how much
is lacking until that is proven.

The counts are those of its labels, by score and namespace; the threshold is learned of all of its
namespaces together, since few of them have labels enough by themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from billing.money import ZERO
from dataplane.caching.judgement.evidence import (
    EDGES,
    MISTAKEN_SHARE,
    Evidence,
    stake,
    wilson_lower,
    wilson_upper,
)

LABELS_MAX = 100_000
"""Beyond so many, nothing is promised."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The labels of one namespace at the scores of one bin."""

    namespace: str
    bin: int
    labels: int
    wrong: int
    served: int = 0
    """Hits that were not compared."""
    saved_usd: Decimal = ZERO
    """What the fresh answers cost that were compared."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of so many compared answers were wrong, with the 95 % bounds on either side."""

    labels: int = 0
    wrong: int = 0

    @property
    def share(self) -> float | None:
        """None where nothing was compared."""
        return self.wrong / self.labels if self.labels else None

    @property
    def lower(self) -> float:
        return wilson_lower(self.wrong, self.labels)

    @property
    def upper(self) -> float:
        return wilson_upper(self.wrong, self.labels)


@dataclass(frozen=True, slots=True)
class WouldBe:
    """What a threshold would have given: hits, what they saved, and how many were wrong."""

    threshold: float
    hits: int
    saved_usd: Decimal
    rate: Rate


@dataclass(frozen=True)
class Standing:
    """Of one key with one embedder."""

    target: float
    own_threshold: float | None = None
    """The key's, which replaces what is learned."""
    counts: tuple[Counted, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)

    @classmethod
    def of(
        cls, counts: Iterable[Counted], target: float, own_threshold: float | None = None
    ) -> "Standing":
        known = tuple(each for each in counts if 0 <= each.bin < len(EDGES))
        evidence = Evidence()
        for each in known:
            here = evidence.bins[each.bin]
            here.labels, here.wrong = here.labels + each.labels, here.wrong + each.wrong
        return cls(target, own_threshold, known, evidence)

    @property
    def threshold(self) -> float | None:
        """From which score on it serves; None: not yet proven."""
        if self.own_threshold is not None:
            return self.own_threshold
        return self.evidence.threshold(self.target)

    def rate(self, namespace: str | None = None) -> Rate:
        """Of what is served, or, where nothing is, of all near misses; in all namespaces or one."""
        lowest = self.threshold
        chosen = [
            each
            for each in self.counts
            if (namespace is None or each.namespace == namespace)
            and (lowest is None or _top(each.bin) > lowest)
        ]
        return Rate(sum(each.labels for each in chosen), sum(each.wrong for each in chosen))

    @property
    def namespaces(self) -> list[str]:
        return sorted({each.namespace for each in self.counts})

    def would_be(self) -> list[WouldBe]:
        """At each threshold from the strictest on: the table of what shadow traffic showed."""
        table: list[WouldBe] = []
        hits, saved_usd, labels, wrong = 0, ZERO, 0, 0
        for number in reversed(range(len(EDGES))):
            for each in self.counts:
                if each.bin == number:
                    labels, wrong = labels + each.labels, wrong + each.wrong
                    hits, saved_usd = hits + each.labels + each.served, saved_usd + each.saved_usd
            table.append(WouldBe(EDGES[number], hits, saved_usd, Rate(labels, wrong)))
        return table

    def lacking(self) -> tuple[int, int | None]:
        """How many labels there are, and of about how many the first threshold would be proven if
        they went on as so far; None where that is in no sight."""
        total = sum(each.labels for each in self.evidence.bins)
        if not total:
            return 0, labels_needed(0, 0, self.target)
        best: float | None = None
        labels = wrong = 0
        for each in reversed(self.evidence.bins):
            labels, wrong = labels + each.labels, wrong + each.wrong
            if labels and (needed := labels_needed(wrong, labels, self.target)) is not None:
                in_all = needed * total / labels
                best = in_all if best is None else min(best, in_all)
        return total, None if best is None or best > LABELS_MAX else max(total, round(best))


def labels_needed(wrong: int, labels: int, target: float) -> int | None:
    """How many labels prove a target if the share of wrong ones stays. None: no number does."""
    share, few, many = wrong / labels if labels else 0.0, labels, LABELS_MAX
    if not _proves(share, many, target):
        return None
    while few < many:
        middle = (few + many) // 2
        few, many = (few, middle) if _proves(share, middle, target) else (middle + 1, many)
    return few


def _proves(share: float, labels: int, target: float) -> bool:
    wrong = round(share * labels)
    enough = len(EDGES) / MISTAKEN_SHARE
    return wilson_upper(wrong, labels) <= target and stake(wrong, labels, target) >= enough


def _top(number: int) -> float:
    """Where a bin ends."""
    return EDGES[number + 1] if number + 1 < len(EDGES) else 1.1
