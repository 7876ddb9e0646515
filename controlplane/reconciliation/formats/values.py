"""What the cells of an export mean. Each function raises `ValueError` with a sentence."""

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from controlplane.validators import UNSTORABLE

AMOUNT_MAX = Decimal(10) ** 10
COUNT_MAX = 10**15
NAME_LENGTH_MAX = 300
EARLIEST = date(2015, 1, 1)
MILLISECONDS_FROM = 10**11


def day(value: Any, zone: tzinfo = UTC) -> date:
    """The day in UTC of a date, an instant (ISO 8601) or seconds since 1970.

    An instant without a time zone is one of `zone`.
    """
    text = str(value or "").strip().removesuffix(" UTC")
    try:
        found = _day(text, zone)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"'{text[:40]}' is no day such as 2026-01-31.") from None
    if found < EARLIEST:
        raise ValueError(f"'{text[:40]}' is before 2015.")
    return found


def _day(text: str, zone: tzinfo) -> date:
    if len(text) == len("2026-01-31") and not text.isdigit():
        return date.fromisoformat(text)
    if text.replace(".", "", 1).isdigit():
        seconds = float(text)
        seconds /= 1000 if seconds >= MILLISECONDS_FROM else 1
        return datetime.fromtimestamp(seconds, UTC).date()
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC).date()


def amount(value: Any) -> Decimal:
    """Exact, as it is written; below zero, too: credits are."""
    text = str(value).strip().replace(",", "").replace("$", "")
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > AMOUNT_MAX:
        raise ValueError(f"'{str(value)[:40]}' is no amount of money.")
    return found


def count(value: Any, times: int = 1) -> int:
    """A whole number; some exports write 59200.0, or thousands as 0.5 (`times` 1000)."""
    if is_empty(value):
        return 0
    try:
        found = Decimal(str(value).strip().replace(",", "")) * times
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found <= COUNT_MAX:
        raise ValueError(f"'{str(value)[:40]}' is no count.")
    return int(found.to_integral_value())


def name(value: Any) -> str:
    """Empty where there is none."""
    text = str(value or "").strip()
    if len(text) > NAME_LENGTH_MAX or UNSTORABLE.search(text):
        raise ValueError(f"A name has at most {NAME_LENGTH_MAX} plain characters.")
    return text


def currency(value: Any) -> str:
    code = str(value or "USD").strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise ValueError(f"'{code[:40]}' is no currency such as USD.")
    return code


def is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
