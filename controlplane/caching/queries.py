"""What is known of the answers that keys are given by similarity."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from controlplane.caching.models import CacheEvidence
from controlplane.keys.models import VirtualKey
from dataplane.caching.judgement.evidence import EDGES, TARGET_DEFAULT, Evidence, wilson_upper


@dataclass(frozen=True)
class WrongHits:
    """How often answers by similarity were wrong, at the scores that their keys serve."""

    keys: int = 0
    proven_keys: int = 0
    labels: int = 0
    """Stored answers at those scores that were compared with fresh ones."""
    wrong: int = 0

    @property
    def at_most(self) -> float:
        """The share that the true one is below, with 95 % certainty."""
        return wilson_upper(self.wrong, self.labels)


def learned_thresholds(virtual_keys: Iterable[str]) -> dict[str, float | None]:
    """By key: the lowest score that is served; None for "not yet proven"."""
    names = set(virtual_keys)
    evidence = _evidence(CacheEvidence.objects.filter(virtual_key_id__in=names))
    return {name: evidence.get(name, Evidence()).threshold(TARGET_DEFAULT) for name in names}


def wrong_hits(virtual_keys: QuerySet[VirtualKey]) -> WrongHits:
    """Of these keys together; those that have not proven a threshold serve nothing learned."""
    evidence = _evidence(CacheEvidence.objects.filter(virtual_key_id__in=virtual_keys.values("id")))
    served = [
        each
        for key in evidence.values()
        if (lowest := key.threshold(TARGET_DEFAULT)) is not None
        for each in key.bins
        if each.low >= lowest
    ]
    return WrongHits(
        keys=len(evidence),
        proven_keys=sum(key.threshold(TARGET_DEFAULT) is not None for key in evidence.values()),
        labels=sum(each.labels for each in served),
        wrong=sum(each.wrong for each in served),
    )


def _evidence(rows: QuerySet[CacheEvidence]) -> dict[str, Evidence]:
    """By key, over all embedders."""
    found: dict[str, Evidence] = {}
    for row in rows.filter(bin__range=(0, len(EDGES) - 1)):
        here = found.setdefault(row.virtual_key_id, Evidence()).bins[row.bin]
        here.labels, here.wrong = here.labels + row.labels, here.wrong + row.wrong
    return found
