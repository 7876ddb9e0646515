"""Questions answered: the calls replayed, the sums around them, and what that takes for granted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from billing.money import ZERO, format_usd
from billing.what_if.replaying import Change, Outcome, replay
from controlplane.usage.summary import summarise
from controlplane.what_if.evidence import cache_estimate
from controlplane.what_if.opening import replayed_budgets
from controlplane.what_if.pricing import WouldBe, unpriced_models
from controlplane.what_if.questions import Question
from controlplane.what_if.records import past_calls

KEYS_SHOWN = 200
MODELS_SHOWN = 200


def answer(question: Question) -> dict[str, Any]:
    """JSON; money as decimal strings. `difference_usd` is exactly zero where nothing changes."""
    total = summarise(question.records, ()).total
    booked = total.cost_usd or ZERO
    outcome = Outcome()
    if question.exchanges_prices or question.budgets or question.cache_off:
        calls = past_calls(question)
        outcome = replay(calls, WouldBe(question).cost, replayed_budgets(question))
    difference = outcome.whole.difference_usd
    return {
        "from": question.period.start.isoformat(),
        "to": (question.records.end or question.period.end).isoformat(),
        "first_day": question.period.first.isoformat(),
        "last_day": question.period.last.isoformat(),
        "requests": total.requests,
        "replayed": outcome.whole.requests,
        "booked_usd": format_usd(booked),
        "would_be_usd": format_usd(booked + difference),
        "difference_usd": format_usd(difference),
        "unknown": outcome.unknown,
        "priced_now": outcome.priced_now,
        "by_model": _by_model(outcome.by_model),
        "refused": _refused(outcome) if question.budgets else None,
        "cache": cache_estimate(question) if question.threshold is not None else None,
        "assumptions": list(_assumptions(question)),
    }


def _by_model(changes: Mapping[str, Change]) -> list[dict[str, Any]]:
    """Those that change most come first."""
    ordered = sorted(changes.items(), key=lambda each: (-abs(each[1].difference_usd), each[0]))
    return [
        {
            "model": model,
            "requests": change.requests,
            "booked_usd": format_usd(change.booked_usd),
            "would_be_usd": format_usd(change.would_be_usd),
            "difference_usd": format_usd(change.difference_usd),
        }
        for model, change in ordered[:MODELS_SHOWN]
    ]


def _refused(outcome: Outcome) -> dict[str, Any]:
    keys = sorted(outcome.refused.items(), key=lambda each: (-each[1].requests, each[0]))
    first = min((each.first_at for each in outcome.refused.values()), default=None)
    return {
        "requests": outcome.refused_requests,
        "booked_usd": format_usd(sum((each.booked_usd for _, each in keys), Decimal(0))),
        "keys": len(keys),
        "first_at": _instant(first),
        "refused_then": outcome.refused_then,
        "by_key": [
            {
                "virtual_key": key,
                "budget": each.budget_id,
                "requests": each.requests,
                "booked_usd": format_usd(each.booked_usd),
                "first_at": _instant(each.first_at),
            }
            for key, each in keys[:KEYS_SHOWN]
        ],
    }


def _instant(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None


def _assumptions(question: Question) -> Iterator[str]:
    if question.models:
        yield (
            "Another model would have read and written as many tokens, cached as many, and been "
            "asked as often. Tokenizers differ, often by 10 to 30 %, and so do answers."
        )
    if missing := unpriced_models(question):
        yield f"There is no price of {', '.join(missing)}: its calls count as they were booked."
    if question.exchanges_prices:
        yield "Fees of attempts that failed, and of other models that a call used, stay."
    if question.budgets:
        yield (
            "Each request was settled before the next came: near a limit, requests at the same "
            "time may be refused a little earlier. Nobody asked less for being refused."
        )
        yield "Requests that a budget refused then are not replayed: nobody knows their cost."
    if question.cache_off:
        yield "Answers from the cache would have cost what they saved."
    if question.threshold is not None:
        yield (
            "A key would have had as many hits in the period as its comparisons show for all its "
            "requests. It is an estimate, in no sum, and proven only where the key says so."
        )
