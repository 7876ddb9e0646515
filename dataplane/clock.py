"""The time of day, as the database tells it: all processes and hosts agree on it.

Between two of its answers a monotonic clock goes on, so that a machine whose own clock is stepped
neither opens a budget window early nor closes one late. Until the first answer it is the machine's.
"""

import time
from datetime import UTC, datetime


class Clock:
    """Tells the time. `set` corrects it."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._offset + time.monotonic(), UTC)

    def set(self, now: datetime) -> None:
        self._offset = now.timestamp() - time.monotonic()
