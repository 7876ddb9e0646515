"""The past replayed at other prices and under other budgets."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.budgets import Budget
from billing.costs import total_of
from billing.prices import Price
from billing.tokens import Tokens
from billing.what_if.budgets import ReplayedBudget
from billing.what_if.calls import PastCall
from billing.what_if.replaying import replay
from billing.what_if.repricing import repriced

START = datetime(2026, 10, 31, 22, tzinfo=UTC)
TOKENS = Tokens(input=1001, cached_input=77, output=13)
OLD = Price("old", START, {"input": Decimal("2.5"), "output": Decimal(10)})
NEW = Price("new", START, {"input": Decimal("0.15"), "output": Decimal("0.61")})


def call(hours: float = 0, cost: str | None = "1", reserved: str = "0", **more) -> PastCall:
    usual = {
        "at": START + timedelta(hours=hours),
        "owners": ("acme", "ops", "vk-1"),
        "model": "m",
        "tokens": TOKENS,
        "service_tier": "standard",
        "cost_usd": None if cost is None else Decimal(cost),
        "reserved_usd": Decimal(reserved),
        "price_id": "old",
        "saved_usd": Decimal(0),
        "is_cache_hit": False,
        "was_refused": False,
    }
    return PastCall(**{**usual, **more})


def budget(limit: str, period: str = "month", owner: str = "acme") -> Budget:
    return Budget("b", "customer", owner, Decimal(limit), period, "UTC", True)


def booked(each: PastCall) -> Decimal | None:
    return each.cost_usd


def test_the_same_price_changes_nothing_to_the_last_digit():
    odd = call(cost="0.123456789012")

    assert repriced(odd, OLD, OLD) == odd.cost_usd
    same = Price("old", START, dict(OLD.rates))
    assert repriced(odd, OLD, same) == odd.cost_usd


def test_another_price_exchanges_what_the_tokens_cost_and_keeps_the_rest():
    exact = call(cost=str(total_of(TOKENS, OLD)))
    with_more = call(cost=str(total_of(TOKENS, OLD) + Decimal("0.5")))

    assert repriced(exact, OLD, NEW) == total_of(TOKENS, NEW)
    assert repriced(with_more, OLD, NEW) == total_of(TOKENS, NEW) + Decimal("0.5")
    assert repriced(call(cost=None), None, NEW) == total_of(TOKENS, NEW)
    assert repriced(exact, OLD, None) is None


def test_a_budget_refuses_what_it_has_too_little_left_for_and_says_whose_and_when():
    calls = [call(0), call(0.5), call(1, owners=("acme", "ops", "vk-2")), call(1.5)]

    found = replay(calls, booked, [ReplayedBudget(budget("2.5"))])

    assert found.whole.difference_usd == Decimal(-2)
    assert {key: each.requests for key, each in found.refused.items()} == {"vk-2": 1, "vk-1": 1}
    assert found.refused["vk-2"].first_at == START + timedelta(hours=1)
    assert found.refused_requests == 2


def test_windows_turn_and_others_are_not_bound():
    calls = [call(0), call(3), call(3.5)]  # November begins after two hours

    found = replay(calls, booked, [ReplayedBudget(budget("1"))])
    free = replay(calls, booked, [ReplayedBudget(budget("0", owner="rival"))])

    assert (found.refused_requests, free.refused_requests) == (1, 0)


def test_a_rolling_window_gives_back_what_is_long_ago():
    calls = [call(0), call(3), call(6.2)]

    found = replay(calls, booked, [ReplayedBudget(budget("1", "6h"))])

    assert [each.requests for each in found.refused.values()] == [1]


def test_what_was_spent_before_the_period_counts():
    opening = [(START - timedelta(days=2), Decimal("0.6"))]

    found = replay([call(0)], booked, [ReplayedBudget(budget("1.5"), opening)])

    assert found.refused_requests == 1


def test_a_call_needs_what_it_had_reserved_not_what_it_cost():
    found = replay([call(0, "1", "3")], booked, [ReplayedBudget(budget("2"))])

    assert found.refused_requests == 1


@pytest.mark.parametrize("unknown", [None, "1"])
def test_calls_without_a_known_cost_count_as_booked_and_are_told(unknown):
    found = replay([call(cost=unknown), call(was_refused=True)], lambda _: None)

    assert (found.whole.difference_usd, found.unknown, found.refused_then) == (0, 1, 1)
