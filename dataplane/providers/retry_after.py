"""When a provider says to come back, in the headers that providers use for it."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx


def retry_after_seconds(headers: httpx.Headers) -> float | None:
    """From `retry-after-ms` (OpenAI, Azure), else `retry-after` in seconds or as a date."""
    if milliseconds := _number(headers.get("retry-after-ms")):
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = _number(value)
    return _seconds_until(value) if seconds is None else seconds


def _seconds_until(date: str) -> float | None:
    try:
        at = parsedate_to_datetime(date)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _number(text: str | None) -> float | None:
    """A finite number that is not negative."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
