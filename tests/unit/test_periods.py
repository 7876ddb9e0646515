"""Windows of budgets: calendars, time zones, clock changes, buckets."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.periods import bucket_length, bucket_start, rolling_length, window_at


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("day", utc(2026, 11, 21), utc(2026, 11, 22)),
        ("week", utc(2026, 11, 16), utc(2026, 11, 23)),
        ("month", utc(2026, 11, 1), utc(2026, 12, 1)),
        ("quarter", utc(2026, 10, 1), utc(2027, 1, 1)),
        ("year", utc(2026, 1, 1), utc(2027, 1, 1)),
    ],
)
def test_calendar_windows_hold_the_instant(period: str, start: datetime, end: datetime):
    window = window_at(period, "UTC", utc(2026, 11, 21, 9, 41))

    assert (window.start, window.end) == (start, end)
    assert window.holds(start)
    assert not window.holds(end)


def test_a_december_window_ends_in_the_next_year():
    assert window_at("month", "UTC", utc(2026, 12, 31, 23)).end == utc(2027, 1, 1)


def test_a_day_of_a_clock_change_has_23_or_25_hours():
    spring = window_at("day", "Europe/Berlin", utc(2026, 3, 29, 12))
    autumn = window_at("day", "Europe/Berlin", utc(2026, 10, 25, 12))

    assert spring.end - spring.start == timedelta(hours=23)
    assert autumn.end - autumn.start == timedelta(hours=25)


def test_windows_turn_at_midnight_of_the_budgets_own_zone():
    window = window_at("month", "Asia/Tokyo", utc(2026, 10, 31, 15))

    assert window.start == utc(2026, 10, 31, 15)


def test_a_midnight_that_a_clock_change_skips_leaves_no_gap():
    # Beirut's clocks went from 00:00 to 01:00 on 2022-03-27.
    saturday = window_at("day", "Asia/Beirut", utc(2022, 3, 26, 12))
    sunday = window_at("day", "Asia/Beirut", utc(2022, 3, 27, 12))

    assert saturday.end == sunday.start


def test_rolling_and_lifetime_balances_are_kept_for_all_time():
    assert window_at("30d", "UTC", utc(2026, 1, 1)).end is None
    assert window_at("lifetime", "UTC", utc(2026, 1, 1)).end is None


@pytest.mark.parametrize("period", ["0d", "30", "d", "1.5h", "fortnight", "9999d", "-3d", "30D"])
def test_refuses_what_is_no_period(period: str):
    with pytest.raises(ValueError, match="window"):
        rolling_length(period)


def test_buckets_are_a_sixtieth_and_aligned():
    length = rolling_length("30d")
    assert length is not None

    assert bucket_length(length) == timedelta(hours=12)
    assert bucket_start(length, utc(2026, 11, 21, 13)) == utc(2026, 11, 21, 12)
