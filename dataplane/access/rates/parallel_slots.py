"""What one process holds of a key's parallel requests: slots, each for one request at a time.

Slots are leased: the database counts them until they are given back, or until nothing was heard
of the process for a lease. The process trusts them a little less long, so nobody else can have
been given one that it still uses.
"""

from collections.abc import Mapping
from typing import Any

AHEAD_MIN = 8


class Lease:
    """Until when what this process holds is its own, as far as it knows; shared by all keys."""

    def __init__(self) -> None:
        self.until = 0.0


class ParallelSlots:
    """One key's slots. Requests in flight are counted even when there is no limit: one may come."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self.most: int | None = None
        self.held = 0
        self.in_use = 0
        self.share: int | None = None
        """How many may be used while there is no database to ask."""
        self.tight_until = 0.0
        self._refill_above: int | None = None

    def is_free(self, now: float) -> bool:
        """Whether a request may begin."""
        if self.share is not None:
            return self.in_use < self.share
        return self.in_use < self.held and now < self._lease.until

    def is_low(self) -> bool:
        """Whether it is time to draw ahead."""
        return self._refill_above is not None and self.in_use > self._refill_above

    @property
    def spare(self) -> int:
        """Held, and not in use."""
        return self.held - self.in_use

    def is_tight(self, now: float) -> bool:
        """Whether a slot goes back as soon as it is free: others come short."""
        return now < self.tight_until

    def open_share(self, processes: int) -> None:
        if self.most is not None:
            self.share = max(1, self.most // processes)

    def forget(self) -> None:
        """The database took this process for dead; what is in use must be leased again."""
        self.held = min(self.held, self.in_use)

    def ask(self, waiting: int, now: float, *, gives_back: bool) -> dict[str, int | None]:
        """What to ask the database. Spare slots are not used any more once they are given back."""
        is_tight = gives_back or self.is_tight(now)
        if is_tight:
            self.held = min(self.held, self.in_use)
        self._refill_above = None
        return {
            "parallel_max": self.most,
            "parallel_held": max(self.held, self.in_use),
            "parallel_least": self.in_use + 1 if waiting and self.most is not None else 0,
            "parallel_need": self.in_use + waiting,
            "parallel_ahead": 0 if is_tight else max(AHEAD_MIN, self.held),
        }

    def granted(self, row: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
        self.share = None
        self.held = row["parallel"]
        if self.held > asked["parallel_need"] > 0 and asked["parallel_ahead"]:
            self._refill_above = self.held - 1
