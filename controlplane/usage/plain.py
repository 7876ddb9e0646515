"""Values of dimensions as they are shown: instants in UTC, days as ISO dates."""

from datetime import UTC, date, datetime


def plain(key: date | str | int | None) -> str | int | None:
    if isinstance(key, datetime):
        return f"{key.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return key.isoformat() if isinstance(key, date) else key
