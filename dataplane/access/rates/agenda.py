"""When to look at which key again: what nobody uses any more must not stay."""

import heapq
from itertools import count

from dataplane.access.rates.limited_keys import LimitedKey


class Agenda:
    """At most one entry of a key counts, the earliest; later ones are passed over."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, LimitedKey]] = []
        self._numbers = count()

    def add(self, limited: LimitedKey, at: float) -> None:
        if limited.scheduled_at is None or at < limited.scheduled_at:
            limited.scheduled_at = at
            heapq.heappush(self._entries, (at, next(self._numbers), limited))

    def due(self, now: float) -> list[LimitedKey]:
        """Those to look at now; they have no entry any more."""
        due = []
        while self._entries and self._entries[0][0] <= now:
            at, _, limited = heapq.heappop(self._entries)
            if limited.scheduled_at == at:
                limited.scheduled_at = None
                due.append(limited)
        return due
