"""What groups of records consumed, as the split of a difference (`billing.differences`) asks it."""

from collections.abc import Iterable

from billing.differences import Consumed
from billing.money import ZERO
from controlplane.usage.measures import Sums
from controlplane.usage.summary import Group, Summary

NO_MODEL, OTHERS = "no model", "other models"
NOTHING = Consumed(requests=0, attempts=0, cost_usd=ZERO)


def consumed(sums: Sums) -> Consumed:
    """Of a group; what is all answered by a cache took no token of a provider."""
    hits = sums.exact_cache_hits + sums.semantic_cache_hits
    rescued = sums.rescued_by_retry + sums.rescued_by_fallback
    is_cached = hits > 0 and hits == sums.requests
    return Consumed(
        requests=sums.answered,
        cache_hits=hits,
        attempts=sums.answered - hits + rescued,
        tokens=0 if is_cached else sums.input_tokens + sums.output_tokens,
        cost_usd=sums.cost_usd or ZERO,
    )


def added(one: Consumed, other: Consumed) -> Consumed:
    """Both together; each says its attempts."""
    return Consumed(
        requests=one.requests + other.requests,
        cache_hits=one.cache_hits + other.cache_hits,
        attempts=(one.attempts or 0) + (other.attempts or 0),
        tokens=one.tokens + other.tokens,
        cost_usd=one.cost_usd + other.cost_usd,
    )


def consumed_by_model(groups: Iterable[Group], place: int = 0) -> dict[str, Consumed]:
    """What was consumed of each model, the value at this place of a group's values."""
    found: dict[str, Consumed] = {}
    for group in groups:
        value = group.values[place]
        name = NO_MODEL if value is None else str(value)
        found[name] = added(found.get(name, NOTHING), consumed(group.sums))
    return found


def consumed_in(summary: Summary) -> dict[str, Consumed]:
    """By model, of a summary by model and cache; what is beyond its groups is one of them."""
    found = consumed_by_model(summary.groups)
    return {**found, OTHERS: consumed(summary.other)} if summary.other_groups else found
