"""Where spend is heading: within the range in 8 cases of 10, and silent where nobody can know."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from billing.forecasts import (
    Forecast,
    Spending,
    TooShort,
    day_of_exhaustion,
    expected_by_day,
    forecast,
)

TODAY = date(2026, 11, 16)  # a Monday
MONTH_END = date(2026, 12, 1)
OFFICE = (1, 1.05, 1.05, 1.02, 0.9, 0.22, 0.2)
ALWAYS = (1, 1, 1, 1, 1, 0.85, 0.8)
WEEKDAYS = (1, 1, 1, 1, 1, 0, 0)


def series(random, days, *, week=OFFICE, level=100.0, growth=1.0, noise=0.15, wander=0.005):
    """Of so many days before today and, to compare, 40 days from today on."""
    found = []
    for ahead in range(-days, 40):
        day = TODAY + timedelta(days=ahead)
        level *= growth * random.lognormvariate(0, wander)
        usd = level * week[day.weekday()] * random.lognormvariate(0, noise)
        found.append((day, Decimal(f"{usd:.6f}")))
    return found[:days], found[days:]


def steady(days, usd="100", week=None):
    factors = week or (1,) * 7
    first = TODAY - timedelta(days=days)
    return [
        (day, Decimal(usd) * Decimal(str(factors[day.weekday()])))
        for day in (first + timedelta(days=n) for n in range(days))
    ]


def ahead(days, *, spent=Decimal(0), end=MONTH_END, **more):
    return forecast(Spending(days=days, today=TODAY, **more), spent_usd=spent, end=end)


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"week": ALWAYS, "noise": 0.3},
        {"growth": 1.004},
        {"wander": 0.015},
        {"week": WEEKDAYS},
    ],
    ids=["office", "noisy", "growing", "wandering", "weekdays only"],
)
def test_the_range_holds_the_outcome_in_eight_cases_of_ten(kind):
    inside = 0
    for seed in range(200):
        random = Random(seed)
        known, coming = series(random, random.randrange(28, 90), **kind)
        end = TODAY + timedelta(days=random.randrange(2, 31))
        found = ahead(known, end=end)
        outcome = sum(usd for day, usd in coming if day < end)
        inside += found.low_usd <= outcome <= found.high_usd
    assert 150 <= inside <= 180


def test_no_forecast_is_made_of_less_than_two_weeks():
    assert ahead(steady(13)) == TooShort(13)
    assert day_of_exhaustion(
        Spending(days=steady(3), today=TODAY), left_usd=Decimal(5)
    ) == TooShort(3)
    assert isinstance(ahead(steady(14)), Forecast)


def test_days_before_the_first_spend_are_no_history():
    nothing = [(day, Decimal(0)) for day, _ in steady(90)[:80]]
    assert ahead([*nothing, *steady(90)[80:]]) == TooShort(10)


def test_a_weekday_pattern_is_carried_on():
    by_day = dict(
        expected_by_day(Spending(days=steady(56, week=OFFICE), today=TODAY), end=MONTH_END)
    )
    saturday, tuesday = date(2026, 11, 21), date(2026, 11, 17)
    assert float(by_day[saturday] / by_day[tuesday]) == pytest.approx(0.22 / 1.05, rel=0.02)
    assert next(iter(by_day)) == TODAY
    assert len(by_day) == 15


def test_weekends_without_spend_stay_without():
    by_day = dict(
        expected_by_day(Spending(days=steady(35, week=WEEKDAYS), today=TODAY), end=MONTH_END)
    )
    assert by_day[date(2026, 11, 22)] == 0
    assert float(by_day[date(2026, 11, 23)]) == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("days_ago", [1, 2, 5, 20])
def test_one_spike_does_not_bend_it(days_ago):
    days = steady(42)
    days[-days_ago] = (days[-days_ago][0], Decimal(1200))
    assert float(ahead(days).expected_usd) == pytest.approx(1500, rel=0.06)


def test_a_new_level_is_followed_within_two_weeks():
    first, second = steady(56)[:42], steady(56, usd="200")[42:]
    assert float(ahead([*first, *second]).expected_usd) == pytest.approx(3000, rel=0.25)


def test_what_is_left_of_today_is_what_is_usual_for_its_hours():
    whole, half, over = (ahead(steady(28), today_share=share) for share in (0.0, 0.5, 1.0))
    assert float(whole.expected_usd - half.expected_usd) == pytest.approx(50, rel=0.01)
    assert float(whole.expected_usd - over.expected_usd) == pytest.approx(100, rel=0.01)


def test_of_nothing_spent_nothing_is_expected():
    days = [*steady(1), *[(day, Decimal(0)) for day, _ in steady(40)[1:]]]
    found = ahead(days, spent=Decimal(7))
    assert (found.expected_usd, found.low_usd, found.high_usd) == (7, 7, 7)
    assert day_of_exhaustion(Spending(days=days, today=TODAY), left_usd=Decimal(5)) is None


def test_a_window_that_ends_today_is_what_is_spent():
    found = ahead(steady(28), spent=Decimal("812.44"), end=TODAY)
    assert found.expected_usd == found.low_usd == found.high_usd == Decimal("812.44")
    assert found.chance_above(Decimal("812.44")) == 0
    assert found.chance_above(Decimal(800)) == 1


def test_it_is_rounded_to_three_digits_of_what_is_expected():
    found = Forecast(
        Decimal("10832.4"), Decimal("10455.1"), Decimal("11149"), Decimal(7000), Decimal(300)
    )
    shown = found.rounded()
    assert (shown.expected_usd, shown.low_usd, shown.high_usd) == (10800, 10500, 11100)
    cents = Forecast(Decimal("0.23456"), Decimal("0.1"), Decimal("0.4"), Decimal(0), Decimal("0.1"))
    assert cents.rounded().expected_usd == Decimal("0.23")


def test_the_chance_of_passing_a_limit_grows_with_what_is_expected():
    known, _ = series(Random(3), 60)
    found = ahead(known)
    below, at, above = (
        found.chance_above(limit) for limit in (found.low_usd, found.expected_usd, found.high_usd)
    )
    assert (round(below, 2), round(at, 2), round(above, 2)) == (0.9, 0.5, 0.1)


def test_a_budget_runs_out_on_the_day_that_passes_what_is_left():
    spending = Spending(days=steady(28), today=TODAY, today_share=0.5)
    assert day_of_exhaustion(spending, left_usd=Decimal(40)) == TODAY
    assert day_of_exhaustion(spending, left_usd=Decimal(140)) == TODAY + timedelta(days=1)
    assert day_of_exhaustion(spending, left_usd=Decimal(-1)) == TODAY
    assert day_of_exhaustion(spending, left_usd=Decimal(10**6)) is None
