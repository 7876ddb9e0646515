"""What the names of periods mean, and which part of one period is held against another."""

from datetime import UTC, date, datetime, timedelta

import pytest

from controlplane.errors import DomainError
from controlplane.usage.periods import days_between, named_period

NOW = datetime(2026, 11, 21, 9, 41, 22, tzinfo=UTC)


def named(name, timezone="UTC", now=NOW):
    return named_period(name, timezone, now)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("this-month", date(2026, 11, 1), date(2026, 11, 30)),
        ("last-month", date(2026, 10, 1), date(2026, 10, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("7d", date(2026, 11, 15), date(2026, 11, 21)),
        ("1d", date(2026, 11, 21), date(2026, 11, 21)),
    ],
)
def test_a_name_means_whole_days_both_ends_included(name, first, last):
    period = named(name)

    assert (period.first, period.last) == (first, last)
    assert period.start.date() == first
    assert period.end == datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)


@pytest.mark.parametrize("name", ["", "month", "2026-13", "0000-01", "0d", "401d", "9999-12", "²d"])
def test_what_is_no_period_is_refused_by_its_name(name):
    with pytest.raises(DomainError) as refused:
        named(name)

    assert set(refused.value.fields) == {"period"}


def test_this_month_is_that_of_the_time_zone():
    newyear = datetime(2026, 12, 31, 18, tzinfo=UTC)

    assert named("this-month", "Asia/Tokyo", newyear).first == date(2027, 1, 1)
    assert named("this-month", "Asia/Tokyo", newyear).start == datetime(
        2026, 12, 31, 15, tzinfo=UTC
    )


def test_days_without_a_midnight_begin_when_the_clocks_change():
    santiago = days_between(date(2026, 9, 6), date(2026, 9, 6), "America/Santiago")

    assert santiago.end - santiago.start == timedelta(hours=23)


def test_a_month_is_compared_with_the_same_days_up_to_the_same_time():
    month = named("this-month")

    start, end = month.same_part(month.before(), NOW)

    assert start == datetime(2026, 10, 1, tzinfo=UTC)
    assert end == datetime(2026, 10, 21, 9, 41, 22, tzinfo=UTC)


def test_the_same_time_of_day_is_the_one_on_the_clock_there():
    now = datetime(2026, 4, 10, 10, tzinfo=UTC)  # noon in Berlin's summer
    month = named("this-month", "Europe/Berlin", now)

    _, end = month.same_part(month.before(), now)

    assert end == datetime(2026, 3, 10, 11, tzinfo=UTC)  # noon in its winter


def test_a_shorter_month_is_compared_whole():
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    month = named("this-month", now=now)

    assert month.same_part(month.before(), now)[1] == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_closed_month_is_compared_with_the_whole_month_before():
    month = named("2026-10")

    assert month.same_part(month.before(), NOW) == (month.before().start, month.before().end)


def test_days_are_compared_with_as_many_days_before():
    week = named("7d")

    assert (week.before().first, week.before().last) == (date(2026, 11, 8), date(2026, 11, 14))
    assert week.before().after() == week.replaced(week.first, week.last)


def test_two_days_in_the_wrong_order_are_the_days_between_them():
    assert days_between(date(2026, 11, 9), date(2026, 11, 1), "UTC").days == 9


def test_so_far_ends_today_and_a_closed_month_at_its_end():
    assert named("this-month").until(NOW).last == date(2026, 11, 21)
    assert named("last-month").until(NOW).last == date(2026, 10, 31)
    assert named("last-month").elapsed(NOW)[1] == named("last-month").end
