"""What a semantic cache would have answered, by what keys have learned in the shadow."""

from decimal import Decimal
from typing import Any, NamedTuple

from billing.money import ZERO, format_usd, settle_round
from controlplane.caching.queries import standings
from controlplane.keys.models import VirtualKey
from controlplane.usage.filters import RecordFilter
from controlplane.usage.summary import summarise
from controlplane.what_if.questions import Question
from dataplane.caching.judgement.evidence import EDGES, wilson_upper
from dataplane.caching.judgement.standing import Standing

KEYS_MAX = 1000
SHOWN = 50


def cache_estimate(question: Question) -> dict[str, Any]:
    """By key: how much of its spend stored answers would have saved, and how sure that is.

    A key's hits are the comparisons whose score reached the threshold, as a share of all that it
    ever asked; the period is taken to be like that. A key without comparisons tells nothing.
    """
    threshold = question.threshold or Decimal(1)
    summary = summarise(question.records, ("virtual_key",), limit=KEYS_MAX)
    spent = {str(each.values[0]): each.sums for each in summary.groups if each.values[0]}
    evidence = _evidence(list(spent), threshold)
    asked = _asked_ever(question, list(evidence))
    rows = []
    for key, (labels, wrong, is_proven) in evidence.items():
        share = min(Decimal(1), Decimal(labels) / max(1, asked.get(key, labels)))
        rows.append(
            {
                "virtual_key": key,
                "comparisons": labels,
                "wrong": wrong,
                "wrong_rate_upper": round(wilson_upper(wrong, labels), 4),
                "hit_share": f"{share:.4f}",
                "saved_usd": format_usd(settle_round((spent[key].cost_usd or ZERO) * share)),
                "is_proven": is_proven,
            }
        )
    rows.sort(key=lambda row: -Decimal(str(row["saved_usd"])))
    saved = sum((Decimal(str(row["saved_usd"])) for row in rows), ZERO)
    return {
        "threshold": f"{threshold:f}",
        "saved_usd": format_usd(saved),
        "proven_saved_usd": format_usd(
            sum((Decimal(str(row["saved_usd"])) for row in rows if row["is_proven"]), ZERO)
        ),
        "keys": rows[:SHOWN],
        "keys_without_evidence": len(spent) - len(rows),
    }


class Evidence(NamedTuple):
    """Comparisons that scored at least the threshold, how many were wrong, and whether a key that
    serves from there on is proven to meet its target."""

    labels: int
    wrong: int
    is_proven: bool


def _evidence(keys: list[str], threshold: Decimal) -> dict[str, Evidence]:
    """Of keys that have comparisons with the embedder that they have now."""
    known = standings(VirtualKey.objects.filter(id__in=keys))
    return {key: _at(each, threshold) for key, each in known.items() if each.counts}


def _at(standing: Standing, threshold: Decimal) -> Evidence:
    above = [each for each in standing.counts if Decimal(str(EDGES[each.bin])) >= threshold]
    served = standing.evidence.threshold(standing.target)
    return Evidence(
        labels=sum(each.labels for each in above),
        wrong=sum(each.wrong for each in above),
        is_proven=served is not None and Decimal(str(served)) <= threshold,
    )


def _asked_ever(question: Question, keys: list[str]) -> dict[str, int]:
    if not keys:
        return {}
    bounds = question.records
    ever = RecordFilter(
        fields={"virtual_key": tuple(keys)},
        only_customer=bounds.only_customer,
        only_team=bounds.only_team,
    )
    groups = summarise(ever, ("virtual_key",), limit=KEYS_MAX).groups
    return {str(each.values[0]): each.sums.answered for each in groups}
