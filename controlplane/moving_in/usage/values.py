"""What the cells of a row mean. Each function raises `ValueError` with a sentence."""

import json
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from billing.money import QUANTUM
from controlplane.validators import METADATA_TEXT_LENGTH_MAX, UNSTORABLE

COUNT_MAX, DIGITS = 10**12, 12
USD_MAX = Decimal(10) ** 9
MILLISECONDS_FROM = 10**11
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
NAME_LENGTH_MAX = 300
STATUSES = {"success": 200, "ok": 200, "failure": 500, "error": 500}


def moment(value: Any, zone: tzinfo, now: datetime) -> datetime:
    """ISO 8601, or seconds or milliseconds since 1970. Without a zone it is the file's."""
    try:
        at = _instant(str(value).strip().removesuffix(" UTC"), zone).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("Must be a date and time such as 2026-01-31T12:00:00Z.") from None
    if not EARLIEST <= at <= now:
        raise ValueError("Must be from 2015 on, and not in the future.")
    return at


def _instant(written: str, zone: tzinfo) -> datetime:
    if written.replace(".", "", 1).isdigit():
        seconds = float(written)
        seconds /= 1000 if seconds >= MILLISECONDS_FROM else 1
        return datetime.fromtimestamp(seconds, UTC)
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def usd(value: Any) -> str:
    """Exact, as it is written, to twelve decimals."""
    try:
        amount = Decimal(str(value).strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= USD_MAX:
        raise ValueError("Must be an amount of US dollars from 0 on.")
    return f"{amount.quantize(QUANTUM):f}"


def count(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= DIGITS:
        return int(value)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= COUNT_MAX or number != int(number):
        raise ValueError("Must be a whole number from 0 on.")
    return int(number)


def milliseconds(value: Any) -> float:
    try:
        found = float(str(value).strip())
    except ValueError:
        found = -1.0
    if not 0 <= found <= COUNT_MAX:
        raise ValueError("Must be a number of milliseconds from 0 on.")
    return found


def status(value: Any) -> int:
    """An HTTP status, or a word for one."""
    word = str(value).strip().lower()
    found = STATUSES.get(word) or (int(word) if word.isdigit() and len(word) == 3 else 0)
    if not 100 <= found <= 599:
        raise ValueError("Must be an HTTP status, success or failure.")
    return found


def name(value: Any) -> str:
    text = str(value).strip()
    if not 1 <= len(text) <= NAME_LENGTH_MAX:
        raise ValueError(f"Must be a text of at most {NAME_LENGTH_MAX} characters.")
    if UNSTORABLE.search(text):
        raise ValueError("Holds a character that cannot be stored.")
    return text


def metadata_value(value: Any) -> Any:
    """A text, number or flag as it is; anything else as one text."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = ",".join(value)
    elif isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    elif isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, str) and len(value) > METADATA_TEXT_LENGTH_MAX:
        raise ValueError(f"Metadata has at most {METADATA_TEXT_LENGTH_MAX:,} characters.")
    return value
