"""What is known of the answers that keys are given again: how they stand, what they saved."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from billing.money import ZERO
from controlplane.caching.models import CacheEvidence, CacheOutcome
from controlplane.keys.models import VirtualKey
from dataplane.caching.judgement.evidence import EDGES, TARGET_DEFAULT, wilson_upper
from dataplane.caching.judgement.standing import Counted, Standing, WouldBe

LOCAL_EMBEDDER = "wordllama/l2_supercat_256"
HITS = ("exact", "semantic")
SUMS = ("lookups", "saved_usd", "embedding_usd", "audit_usd", "judge_usd")


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


@dataclass
class Saved:
    """What look-ups came to, of one key, or of one of its namespaces."""

    lookups: int = 0
    exact: int = 0
    semantic: int = 0
    shadow: int = 0
    """The same request was there, and the key was only watched."""
    saved_usd: Decimal = ZERO
    spent_usd: Decimal = ZERO
    """On embeddings, on hits that were asked all the same, on judges."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Of misses: how many for which reason."""

    @property
    def net_usd(self) -> Decimal:
        return self.saved_usd - self.spent_usd

    @property
    def hits(self) -> int:
        return self.exact + self.semantic

    def add(self, row: dict[str, Any]) -> None:
        result, lookups = row["result"], row["lookups"]
        self.spent_usd += row["embedding_usd"] + row["audit_usd"] + row["judge_usd"]
        if result == "shadow":
            self.shadow += lookups
        elif result == "exact":
            self.exact += lookups
        elif result == "semantic":
            self.semantic += lookups
        elif lookups:
            self.reasons[row["reason"]] = self.reasons.get(row["reason"], 0) + lookups
        self.lookups += lookups
        self.saved_usd += row["saved_usd"] if result in HITS else ZERO


def standings(keys: Iterable[VirtualKey]) -> dict[str, Standing]:
    """By key, with the embedder that it has now: labels of another one prove nothing."""
    wanted = {key.id: key for key in keys}
    counts: dict[str, list[Counted]] = defaultdict(list)
    rows = CacheEvidence.objects.filter(virtual_key_id__in=wanted)
    for row in rows.filter(bin__range=(0, len(EDGES) - 1)):
        if _is_current(row.embedder, wanted[row.virtual_key_id]):
            sums = (row.labels, row.wrong, row.served, row.saved_usd)
            counts[row.virtual_key_id].append(Counted(row.namespace, row.bin, *sums))
    return {name: _standing(key, counts[name]) for name, key in wanted.items()}


def would_be(key: VirtualKey) -> list[WouldBe]:
    """What each threshold would have answered of the key's traffic so far: hits, savings, and how
    wrong. In shadow that is all traffic; else of what is served, the audited share was compared."""
    return standings([key])[key.id].would_be()


def saved(
    keys: Sequence[str], since: date, until: date
) -> tuple[dict[str, Saved], dict[tuple[str, str], Saved]]:
    """By key, and by key and namespace, of the days (UTC) from `since` to before `until`."""
    by_key: dict[str, Saved] = defaultdict(Saved)
    by_namespace: dict[tuple[str, str], Saved] = defaultdict(Saved)
    rows = CacheOutcome.objects.filter(virtual_key_id__in=keys, day__gte=since, day__lt=until)
    kinds = rows.order_by().values("virtual_key_id", "namespace", "result", "reason")
    for row in kinds.annotate(**{f"{name}_": Sum(name) for name in SUMS}):
        sums = {name.removesuffix("_"): value for name, value in row.items()}
        by_key[row["virtual_key_id"]].add(sums)
        by_namespace[row["virtual_key_id"], row["namespace"]].add(sums)
    return dict(by_key), dict(by_namespace)


def learned_thresholds(virtual_keys: Iterable[str]) -> dict[str, float | None]:
    """By key: the lowest score that is served; None for "not yet proven"."""
    found = standings(VirtualKey.objects.filter(id__in=set(virtual_keys)))
    return {name: each.evidence.threshold(each.target) for name, each in found.items()}


def wrong_hits(virtual_keys: QuerySet[VirtualKey]) -> WrongHits:
    """Of these keys together; those that have not proven a threshold serve nothing learned."""
    learning = [each for each in standings(virtual_keys).values() if each.counts]
    proven = [each for each in learning if each.evidence.threshold(each.target) is not None]
    rates = [each.rate() for each in proven]
    return WrongHits(
        keys=len(learning),
        proven_keys=len(proven),
        labels=sum(each.labels for each in rates),
        wrong=sum(each.wrong for each in rates),
    )


def _standing(key: VirtualKey, counts: list[Counted]) -> Standing:
    target = float(key.cache_target_error or TARGET_DEFAULT)
    own = None if key.cache_threshold is None else float(key.cache_threshold)
    return Standing.of(counts, target, own)


def _is_current(embedder: str, key: VirtualKey) -> bool:
    """Names of models that are asked are followed by what they were behind that name."""
    if not key.cache_embedder:
        return embedder == LOCAL_EMBEDDER
    return embedder.startswith(f"{key.cache_embedder} ")
