"""How numbers read: the rules of the formatter, one by one."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from controlplane.dashboard import numbers
from controlplane.dashboard.numbers import marked
from controlplane.usage.periods import Period


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("7632.664246", "$7,632.66"),
        ("0.065", "$0.07"),
        ("12000", "$12,000.00"),
        ("-35.41", "−$35.41"),
        ("-0.001", "$0.00"),
        ("1234567.89", "$1,234,567.89"),
        ("999999999999.995", "$1,000,000,000,000.00"),
    ],
)
def test_money_has_cents_rounded_half_up(value, text):
    assert numbers.money_text(D(value)) == text


def test_a_column_has_one_precision_that_shows_its_smallest_amount():
    assert numbers.places_for([D("0.000123"), D("1234567.89"), None]) == 6
    assert numbers.places_for([D("0"), D("0.01"), None]) == 2
    assert numbers.money_text(D("1234567.89"), 6) == "$1,234,567.890000"


def test_amounts_of_requests_have_six_decimals_or_all_there_are():
    assert numbers.exact_places([D("0.01"), None]) == 6
    assert numbers.exact_places([D("0.0000000375")]) == 10
    assert numbers.exact_places([]) == 6


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10812.34", "$10,800"),
        ("203.6", "$204"),
        ("99.96", "$100"),
        ("12.345", "$12.30"),
        ("0.1234", "$0.12"),
        ("1234567", "$1,230,000"),
        ("-1187.66", "−$1,190"),
        ("0", "$0"),
    ],
)
def test_a_forecast_has_three_significant_digits_at_most(value, text):
    assert numbers.about_text(D(value)) == text


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        ("7632.66", "6279.63", "+21.5 %"),
        ("5", "10", "−50.0 %"),
        ("1", "0", "new"),
        ("0", "0", "–"),
        ("120", "10", "×12"),
        ("10.99", "1.1", "+899.1 %"),
        ("10", "10.0001", "0.0 %"),
    ],
)
def test_a_change_has_a_sign_or_a_word(now, before, text):
    assert numbers.change_text(D(now), D(before)) == text


def test_differences_always_have_their_sign():
    assert numbers.signed_money_text(D("1353.03")) == "+$1,353.03"
    assert numbers.signed_money_text(D("-96.37")) == "−$96.37"
    assert numbers.signed_money_text(D("0.001")) == "$0.00"
    assert numbers.signed_count_text(12) == "+12"


def test_a_duration_is_in_seconds_from_one_on():
    assert numbers.duration_text(840.4) == "840 ms"
    assert numbers.duration_text(999.6) == "1.0 s"
    assert numbers.duration_text(12444) == "12.4 s"


def test_times_say_their_zone():
    at = datetime(2026, 11, 21, 9, 41, 22, tzinfo=UTC)

    assert numbers.moment_text(at) == "21 Nov 2026, 09:41:22 UTC"
    assert numbers.moment_text(at, "Asia/Kolkata") == "21 Nov 2026, 15:11:22 Asia/Kolkata"


def test_days_are_said_once_where_they_share_a_month():
    november = Period(date(2026, 11, 1), date(2026, 11, 30))

    assert numbers.period_text(november) == "November 2026"
    assert numbers.days_text(november) == "1 – 30 November 2026"
    across = Period(date(2025, 12, 30), date(2026, 1, 2))
    assert numbers.days_text(across) == "30 December 2025 to 2 January 2026"


def test_the_viewer_chooses_the_marks_and_nobody_else_gets_them():
    with marked("dot"):
        assert numbers.money_text(D("1234.5")) == "$1.234,50"
    with marked("space"):
        assert numbers.count_text(1234567) == "1\u202f234\u202f567"
    assert numbers.money_text(D("1234.5")) == "$1,234.50"
