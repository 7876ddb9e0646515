"""Why a request of a key was refused, which rule did it, and what would have passed."""

from collections.abc import Sequence
from dataclasses import dataclass

from controlplane.budgets.binding import Held, first_to_stop
from controlplane.dashboard.access.policy import listed
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.numbers import count_text, moment_text, money_text
from controlplane.keys.models import VirtualKey
from controlplane.usage.owners import Refusal

AGAIN = "The same, within a minute."
KEY_ENDED = ("key_expired", "key_inactive", "key_revoked", "key_invalid")


@dataclass(frozen=True)
class Reason:
    """In words; `rule_url` is where the rule is shown and changed."""

    words: str
    passes: str
    rule_url: str | None = None


@dataclass(frozen=True)
class Refused:
    """One line of the last refusals."""

    refusal: Refusal
    reason: Reason


def refused(key: VirtualKey, refusals: Sequence[Refusal], held: Sequence[Held]) -> list[Refused]:
    """Told by the rules as they are now: a record says which kind of rule it was."""
    return [Refused(each, _reason(key, each, held)) for each in refusals]


def _reason(key: VirtualKey, refusal: Refusal, held: Sequence[Held]) -> Reason:
    match refusal.error_code:
        case "budget_exceeded":
            return _of_budget(key, held)
        case "requests_per_minute":
            most = _ceiling(key.requests_per_minute)
            return Reason(f"More than {most} requests in a minute.", AGAIN)
        case "tokens_per_minute":
            most = _ceiling(key.tokens_per_minute)
            return Reason(f"More than {most} tokens in a minute.", f"{AGAIN} Or a smaller one.")
        case "max_parallel_requests":
            most = _ceiling(key.max_parallel_requests)
            return Reason(f"More than {most} requests at once.", "The same, after one has ended.")
        case "model_not_allowed" | "provider_not_allowed":
            return _of_permission(key, refusal)
        case code:
            return _of_others(code, refusal)


def _of_budget(key: VirtualKey, held: Sequence[Held]) -> Reason:
    first = first_to_stop(held)
    words = "A budget had no room for it."
    if first is None:
        return Reason(words, "The same now: no budget stops this key any more.")
    left, end = first.balance.remaining_usd, first.balance.window_end
    passes = f"Now, what costs at most {money_text(left)}."
    if left <= 0:
        passes = f"The same from {moment_text(end)} on." if end else "The same after a raise."
    url = page_url("budgets")
    return Reason(words, passes, url and Query({"edit": (first.budget.pk,)}).url(url))


def _of_permission(key: VirtualKey, refusal: Refusal) -> Reason:
    words = f"{refusal.model or 'The model'} is not allowed for this key."
    if key.allowed_models:
        return Reason(words, f"{listed(key.allowed_models)}.")
    if key.allowed_providers:
        return Reason(words, f"A model at {listed(key.allowed_providers)}.")
    return Reason(words, "The same now, unless the key denies the model.")


def _of_others(code: str | None, refusal: Refusal) -> Reason:
    if code in KEY_ENDED:
        return Reason("The key did not work at that time.", "The same with a secret that works.")
    match code:
        case "model_not_found":
            return Reason(f"There is no model {refusal.model}.", "A model of the catalog.")
        case "model_unpriced":
            words = f"{refusal.model} has no price, and a hard budget applies."
            return Reason(words, "The same, once it has a price.", page_url("prices"))
        case None:
            return Reason(f"Refused with {refusal.status}.", "See the request.")
        case _:
            words = code.replace("_", " ").capitalize()
            return Reason(f"{words}.", "The request with this set right.")


def _ceiling(most: int | None) -> str:
    return "the allowed number of" if most is None else count_text(most)
