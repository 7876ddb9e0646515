"""Causes of what has no window: the day on which it was first seen tells one time from another."""

from collections.abc import Mapping
from datetime import UTC, datetime

from controlplane.alerts.models import CAUSE_LENGTH_MAX, Alert

DAY_LENGTH = len("/2026-01-31")


def cause_of_the_day(area: str, opened: Mapping[str, Alert], at: datetime) -> str:
    """That of the open alert of this area if there is one, else that of today.

    Closed by somebody, it is not opened again before tomorrow.
    """
    area = area[: CAUSE_LENGTH_MAX - DAY_LENGTH]
    known = (cause for cause in opened if cause[:-DAY_LENGTH] == area)
    return next(known, f"{area}/{at.astimezone(UTC):%Y-%m-%d}")
