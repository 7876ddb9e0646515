"""What is known of the answers that keys are given by similarity."""

from collections.abc import Iterable

from controlplane.caching.models import CacheEvidence
from dataplane.caching.judgement.evidence import EDGES, TARGET_DEFAULT, Evidence


def learned_thresholds(virtual_keys: Iterable[str]) -> dict[str, float | None]:
    """By key: the lowest score that is served; None for "not yet proven"."""
    evidence = {name: Evidence() for name in virtual_keys}
    rows = CacheEvidence.objects.filter(virtual_key_id__in=evidence, bin__range=(0, len(EDGES) - 1))
    for row in rows:
        here = evidence[row.virtual_key_id].bins[row.bin]
        here.labels, here.wrong = here.labels + row.labels, here.wrong + row.wrong
    return {name: each.threshold(TARGET_DEFAULT) for name, each in evidence.items()}
