"""What each policy would have served of the judged pairs, and how wrong that was."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from dataplane.caching.judgement.evidence import Evidence
from dataplane.caching.report.judging import Judged

THRESHOLDS = (*(hundredth / 100 for hundredth in range(101)), 0.995, 0.999)

Row = dict[str, Any]


def report(judged: list[Judged], target: float) -> dict[str, Any]:
    """What `cache_report` prints."""
    same = sum(each.pair.same for each in judged)
    return {
        "pairs": len(judged),
        "same": same,
        "target_error": target,
        "policies": [
            *_by_threshold("cosine", judged, lambda each: each.verdict.cosine),
            *_by_threshold("guarded", judged, score_of),
            _learned(judged, target),
        ],
        "guards": _blocked(judged),
    }


def score_of(each: Judged) -> float:
    """Below every threshold where a guard blocks."""
    return -1.0 if each.verdict.is_blocked else each.verdict.score


def _by_threshold(
    policy: str, judged: list[Judged], measure: Callable[[Judged], float]
) -> list[Row]:
    same = sum(each.pair.same for each in judged)
    measured = [(measure(each), each) for each in judged]
    return [
        _row(policy, threshold, [each for value, each in measured if value >= threshold], same)
        for threshold in sorted(THRESHOLDS)
    ]


def _learned(judged: list[Judged], target: float) -> Row:
    """Each half is served by the threshold that the other half has proven. Named is the threshold
    that all pairs prove; null, as long as they do not."""
    served: list[Judged] = []
    halves = (judged[::2], judged[1::2])
    for half, other in (halves, halves[::-1]):
        threshold = learn(other, target)
        if threshold is not None:
            served += [each for each in half if score_of(each) >= threshold]
    same = sum(each.pair.same for each in judged)
    return _row("learned", learn(judged, target), served, same)


def learn(judged: list[Judged], target: float) -> float | None:
    """The threshold after one label for each pair; None for "not yet proven"."""
    evidence = Evidence()
    threshold = None
    for each in judged:
        evidence.add(score_of(each), is_wrong=not each.pair.same)
        threshold = evidence.threshold(target)
    return threshold


def _row(policy: str, threshold: float | None, served: list[Judged], same: int) -> Row:
    right = sum(each.pair.same for each in served)
    wrong = len(served) - right
    return {
        "policy": policy,
        "threshold": threshold,
        "served": len(served),
        "wrong": wrong,
        "wrong_rate": round(wrong / len(served), 6) if served else 0.0,
        "recall": round(right / same, 6) if same else 0.0,
    }


def _blocked(judged: list[Judged]) -> dict[str, Row]:
    """How many each guard blocks, and how many of those were harmless."""
    blocked = Counter(each.verdict.guard for each in judged if each.verdict.guard)
    harmless = Counter(
        each.verdict.guard for each in judged if each.verdict.guard and each.pair.same
    )
    return {
        name: {"blocked": count, "harmless": harmless[name]}
        for name, count in blocked.most_common()
    }
