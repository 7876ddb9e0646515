"""Which deployments a request may go to, in order: what was asked for, then the key's fallbacks.

Within one name those come first that are well, and of these each as often as its weight says.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dataplane.snapshot.model import Deployment

CANDIDATES_MAX = 32
ATTEMPTS_MAX = 5

Resolve = Callable[[str], Sequence[Deployment]]
MayCall = Callable[[Deployment], bool]
IsWell = Callable[[Deployment], bool]
Turn = Callable[[float], float]
"""From a weight to what those of a name are ordered by, the least first."""


@dataclass(slots=True)
class Route:
    """The candidates in order. `asked_for` of them have the name that the client gave."""

    candidates: Sequence[Deployment]
    asked_for: int


def route(
    asked_for: Sequence[Deployment],
    fallbacks: Sequence[str],
    resolve: Resolve,
    may_call: MayCall,
    is_well: IsWell,
    turn: Turn | None = None,
) -> Route:
    """Each deployment once. A fallback that does not resolve or is not permitted is left out."""
    turn = turn or _draw
    first = asked_for if len(asked_for) == 1 else _in_order(asked_for, is_well, turn)
    if not fallbacks:
        return Route(first[:CANDIDATES_MAX], len(first))
    ordered = {deployment.place: deployment for deployment in first}
    for name in fallbacks:
        found = [deployment for deployment in resolve(name) if may_call(deployment)]
        for deployment in _in_order(found, is_well, turn):
            ordered.setdefault(deployment.place, deployment)
    return Route(list(ordered.values())[:CANDIDATES_MAX], len(first))


def _in_order(
    deployments: Sequence[Deployment], is_well: IsWell, turn: Turn
) -> Sequence[Deployment]:
    if len(deployments) < 2:
        return deployments
    return sorted(deployments, key=lambda each: (not is_well(each), turn(each.weight)))


def _draw(weight: float) -> float:
    """A draw by weight: whoever has the least comes first, each as often as its share.

    The least of exponential draws belongs to each with the probability of its rate.
    """
    return random.expovariate(weight) if weight > 0 else float("inf")
