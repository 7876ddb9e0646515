"""Rate limits without a database: when there is room again, what to draw ahead, shares."""

import pytest

from dataplane.access.rates.drawing_ahead import REQUESTS_MIN, DrawingAhead
from dataplane.access.rates.refusals import Shortage
from dataplane.access.rates.slot_clock import HORIZON_SLOTS, SlotClock
from dataplane.access.rates.windows import RateWindow

SECOND = 4
"""Slots in a second."""


@pytest.fixture
def clock() -> SlotClock:
    """At the monotonic second 0 it is slot 1000."""
    clock = SlotClock(60.0)
    clock.heard(1000.0, 0.0)
    return clock


@pytest.mark.parametrize(
    ("requests", "tokens", "wanted", "code", "seconds"),
    [
        (0, 500, 100, "requests_per_minute", 5),
        (-2, 500, 100, "requests_per_minute", 20),
        (1, 0, 100, "tokens_per_minute", 5),
        (1, 50, 300, "tokens_per_minute", 20),
        (1, 50, 50, None, 0.25),
        (0, 0, 9_999, "requests_per_minute", 5),
    ],
)
def test_a_refusal_knows_when_enough_has_left_the_window(
    clock: SlotClock, requests: int, tokens: int, wanted: int, code: str | None, seconds: float
):
    leaving = [[1000 + 5 * SECOND, 2, 100], [1000 + 20 * SECOND, 5, 200]]
    shortage = Shortage(False, requests, tokens, leaving)

    assert shortage.code(wanted) == code
    assert shortage.retry_seconds(wanted, clock, 0.0) == seconds
    assert shortage.reset_seconds(clock, 0.0) == 20


def test_a_key_used_once_holds_little_and_a_busy_one_what_it_needs(clock: SlotClock):
    ahead = DrawingAhead(clock)
    asked = []
    for second in range(1, 7):
        ahead.reckon([[50, 5000]], [], second)
        asked.append((ahead.requests, ahead.tokens))

    assert asked[0] == (4 * REQUESTS_MIN, 4 * REQUESTS_MIN * 100)
    assert asked[1:] == [(128, 12_800), (500, 50_000)] + [(500, 50_000)] * 3


def test_a_draw_that_gave_no_more_than_was_needed_is_not_followed_by_another(clock: SlotClock):
    ahead = DrawingAhead(clock)
    ahead.reckon([], [100], 1.0)

    ahead.plan(0, 800, HORIZON_SLOTS)
    assert (ahead.low_requests, ahead.refill_at) == (-1, float("inf"))
    ahead.plan(8, 99, HORIZON_SLOTS)
    assert (ahead.low_requests, ahead.refill_at) == (-1, float("inf"))
    ahead.plan(8, 800, HORIZON_SLOTS)
    assert (ahead.low_requests, ahead.low_tokens, ahead.refill_at) == (4, 400, 6.0)


def test_a_share_is_the_limit_divided_by_the_processes_less_what_was_used(clock: SlotClock):
    window = RateWindow(clock)
    window.limit(10, 1000)

    window.open_share(3, 0.0)
    assert (window.requests, window.tokens) == (3, 333)
    assert window.take(100, 0.1)
    window.open_share(3, 0.2)
    assert (window.requests, window.tokens) == (2, 233)
    window.open_share(3, 80.0)
    assert (window.requests, window.tokens) == (3, 333)
    window.open_share(100, 80.0)
    assert (window.requests, window.tokens) == (1, 10)
