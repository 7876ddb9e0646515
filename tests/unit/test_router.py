"""Candidates in order: what was asked for, the well ones first and by weight, then fallbacks."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import pytest

from dataplane.routing.router import CANDIDATES_MAX, Route, route
from dataplane.snapshot.model import Deployment
from tests import estimates


def deployment(name: str, weight: float = 1.0, credential: int = 0) -> Deployment:
    made = estimates.deployment(model=name)
    provider = replace(made.provider, credential_index=credential)
    return replace(made, provider=provider, weight=weight)


def routed(
    asked_for: list[Deployment],
    fallbacks: dict[str, list[Deployment]] | None = None,
    *,
    ill: Collection[str] = (),
    forbidden: Collection[str] = (),
) -> Route:
    known = fallbacks or {}
    return route(
        asked_for,
        tuple(known),
        lambda name: known[name],
        lambda each: each.name not in forbidden,
        lambda each: each.name not in ill,
    )


def names(found: Route) -> list[str]:
    return [each.name for each in found.candidates]


def test_one_deployment_is_the_whole_route():
    only = deployment("a")

    assert routed([only]) == Route([only], 1)


def test_fallbacks_come_after_what_was_asked_for_and_in_their_order():
    found = routed(
        [deployment("a")], {"far/b": [deployment("b")], "far/none": [], "c": [deployment("c")]}
    )

    assert names(found) == ["a", "b", "c"]
    assert found.asked_for == 1


def test_each_deployment_is_there_once():
    found = routed([deployment("a")], {"far/a": [deployment("a")], "far/b": [deployment("b")] * 2})

    assert names(found) == ["a", "b"]


def test_but_once_with_each_credential():
    asked_for = [deployment("a", credential=0), deployment("a", credential=1)]

    found = routed(asked_for, {"far/b": [deployment("b")]})

    assert sorted(names(found)) == ["a", "a", "b"]
    assert found.asked_for == 2


def test_a_fallback_that_is_not_permitted_is_left_out():
    fallbacks = {"far/b": [deployment("b")], "far/c": [deployment("c")]}

    assert names(routed([deployment("a")], fallbacks, forbidden="b")) == ["a", "c"]


def test_those_that_are_not_well_come_last_of_their_name():
    asked_for = [deployment("a", weight=100), deployment("b"), deployment("c")]

    for _ in range(20):
        found = names(routed(asked_for, {"d": [deployment("d")]}, ill="a"))
        assert (found[2], found[3]) == ("a", "d")


def test_each_comes_first_as_often_as_its_weight_says():
    asked_for = [deployment("a", weight=3), deployment("b", weight=1), deployment("c", weight=0)]
    turns = 4000

    first = Counter(names(routed(asked_for))[0] for _ in range(turns))

    assert first["c"] == 0
    assert first["a"] / turns == pytest.approx(0.75, abs=0.05)


def test_a_route_is_bounded():
    fallbacks = {f"far/{number}": [deployment(str(number))] for number in range(100)}

    assert len(routed([deployment("a")], fallbacks).candidates) == CANDIDATES_MAX
