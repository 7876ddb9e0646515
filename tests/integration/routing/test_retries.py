"""The same deployment once more: when nobody else is there, or when it says to come right back."""

import time
from collections.abc import Callable

import pytest

from tests.fakes.upstream import Asked, Scripted, whole
from tests.far_and_near import Client, Providers, well
from tests.plane import booked

RESET = Scripted(pieces=[b"{"], breaks_off=True)
LIMITED = whole({"error": {"message": "slow down"}}, 429, **{"retry-after": "30"})


def in_turn(*answers: Scripted) -> Callable[[Asked], Scripted]:
    """Each of them once, then all is well."""
    left = list(answers)
    return lambda asked: left.pop(0) if left else well(asked)


@pytest.mark.parametrize("failure", [whole(b"", 503), whole(b"", 408), RESET])
def test_without_a_fallback_a_passing_failure_is_tried_once_more(
    failure: Scripted, lone: Client, providers: Providers
):
    providers.scripts["far"] = in_turn(failure)

    response = lone.ask()

    assert (response.status_code, response.headers["x-purser-attempts"]) == (200, "2")
    assert len(booked().get().attempts) == 2


def test_and_never_twice(lone: Client, providers: Providers):
    providers.does("far", whole(b"", 503))

    response = lone.ask()

    assert (response.status_code, len(providers.asked("far"))) == (502, 2)
    message = response.json()["error"]["message"]
    assert message.startswith("No provider answered: 'far/gpt-4o' answered 503;")


def test_a_retry_waits_for_as_long_as_the_provider_asks(lone: Client, providers: Providers):
    limited = whole({"error": {"message": "slow"}}, 429, **{"retry-after-ms": "300"})
    providers.scripts["far"] = in_turn(limited)
    began = time.monotonic()

    response = lone.ask()

    assert response.headers["x-purser-attempts"] == "2"
    assert time.monotonic() - began >= 0.3
    assert booked().get().gateway_ms < 250


def test_who_asks_for_long_is_not_waited_for(lone: Client, providers: Providers):
    providers.does("far", LIMITED)

    response = lone.ask()

    assert (response.status_code, response.headers["retry-after"]) == (429, "30")
    assert response.headers["x-purser-attempts"] == "1"
    assert booked().get().error_code == "upstream_rate_limited"


def test_who_says_to_come_right_back_is_asked_again_before_a_fallback(
    client: Client, providers: Providers
):
    limited = whole({"error": {"message": "slow"}}, 429, **{"retry-after-ms": "10"})
    providers.scripts["far"] = in_turn(limited)

    response = client.ask()

    assert response.headers["x-purser-provider"] == "far"
    assert len(providers.asked("far")) == 2
