"""Counting what comes again and again, in bounded memory."""

from types import SimpleNamespace
from typing import Any

import pytest

from dataplane.access.repeats.counting import REST_SECONDS_MAX, Counts
from dataplane.access.repeats.repeats import SAME_MAX, SAME_REFUSED_MAX, Repeats
from dataplane.errors import InvalidRequest, RateLimited, UpstreamFailed

KEY: Any = SimpleNamespace(id="vk-1")


def call(body: bytes = b"{}") -> Any:
    return SimpleNamespace(key=KEY, endpoint="chat", body=body, model_requested="gpt-4o")


@pytest.fixture
def repeats() -> Repeats:
    return Repeats(None)  # type: ignore[arg-type]


def refuse(repeats: Repeats, times: int, **how: Any) -> None:
    for _ in range(times):
        repeats.refused(call(**how), InvalidRequest("missing_field", "'model' is required."))


def test_the_same_request_refused_ten_times_rests_and_another_one_passes(repeats: Repeats):
    refuse(repeats, SAME_REFUSED_MAX - 1)
    repeats.require_calm(call(), KEY)
    refuse(repeats, 1)

    with pytest.raises(RateLimited) as held_back:
        repeats.require_calm(call(), KEY)

    assert held_back.value.code == "retry_storm"
    assert held_back.value.headers == {"retry-after": "2"}
    repeats.require_calm(call(b'{"another": 1}'), KEY)


def test_what_is_answered_the_same_sixty_times_in_a_minute_rests_too(repeats: Repeats):
    for _ in range(SAME_MAX):
        repeats.require_calm(call(), KEY)

    with pytest.raises(RateLimited):
        repeats.require_calm(call(), KEY)


def test_rests_grow_up_to_a_minute_and_one_is_let_through_after_each():
    counts, now, rests = Counts(), 0.0, []
    for _ in range(7):
        counts.refused(1, now, 1)
        rests.append(counts.seconds_to_wait(1, now, SAME_MAX))
        now += rests[-1]
        assert counts.seconds_to_wait(1, now, SAME_MAX) == 0

    assert rests == [2, 4, 8, 16, 32, REST_SECONDS_MAX, REST_SECONDS_MAX]
    assert counts.seconds_to_wait(1, now + 61, 1) == 0
    assert counts.refused(1, now + 61, 2) == 0


def test_what_is_counted_and_told_is_bounded(repeats: Repeats):
    counts = Counts(slots_max=10)
    for mark in range(1000):
        counts.refused(mark, 0.0, 5)

    assert len(counts) == 10


def test_a_provider_that_fails_is_no_storm_of_the_caller(repeats: Repeats):
    for _ in range(500):
        repeats.refused(call(), UpstreamFailed())

    repeats.require_calm(call(), KEY)
    assert not repeats._unwritten


def test_each_refusal_of_a_storm_is_told_once(repeats: Repeats):
    refuse(repeats, 35)

    told = repeats._unwritten["vk-1", "missing_field"]
    assert (told.requests, told.is_same, told.model) == (35, True, "gpt-4o")


def test_many_different_requests_refused_the_same_way_are_told_as_such(repeats: Repeats):
    for number in range(120):
        refuse(repeats, 1, body=b"%d" % number)

    told = repeats._unwritten["vk-1", "missing_field"]
    assert (told.requests, told.is_same) == (120, False)
