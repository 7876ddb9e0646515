"""How often something came within a minute, for the few thousand things that came last.

A slot is known by a hash. Once too many came, it rests for a while, longer each time; after each
rest one is let through, so that what works again is found out.
"""

from collections import OrderedDict
from dataclasses import dataclass

WINDOW_SECONDS = 60.0
REST_SECONDS_FIRST = 2.0
REST_SECONDS_MAX = 60.0
SLOTS_MAX = 4096


@dataclass(slots=True)
class Slot:
    """Since when, and how often. It counts anew a minute after it began, or after its last rest."""

    since: float
    requests: int = 0
    refused: int = 0
    rests_until: float = 0.0
    rest_seconds: float = 0.0

    def rest(self, now: float) -> float:
        """Begins a rest, twice as long as the one before; how many seconds it takes."""
        self.rest_seconds = min(max(REST_SECONDS_FIRST, 2 * self.rest_seconds), REST_SECONDS_MAX)
        self.rests_until = now + self.rest_seconds
        return self.rest_seconds


class Counts:
    """So many slots at most; the one that was asked for longest ago makes way."""

    def __init__(self, slots_max: int = SLOTS_MAX) -> None:
        self._slots: OrderedDict[int, Slot] = OrderedDict()
        self._most = slots_max

    def __len__(self) -> int:
        return len(self._slots)

    def slot(self, mark: int, now: float) -> Slot:
        """What is known of a mark by now."""
        slot = self._slots.get(mark)
        if slot is None or now - max(slot.since, slot.rests_until) > WINDOW_SECONDS:
            slot = self._slots[mark] = Slot(now)
        self._slots.move_to_end(mark)
        if len(self._slots) > self._most:
            self._slots.popitem(last=False)
        return slot

    def seconds_to_wait(self, mark: int, now: float, most: int) -> float:
        """Counts one more that comes in. 0: it may pass; else it rests, or came too often."""
        slot = self.slot(mark, now)
        if now < slot.rests_until:
            return slot.rests_until - now
        if slot.requests >= most:
            slot.requests = most - 1
            return slot.rest(now)
        slot.requests += 1
        return 0.0

    def refused(self, mark: int, now: float, most: int) -> int:
        """Counts one more that was refused; how many there were, once they are too many, else 0."""
        slot = self.slot(mark, now)
        slot.refused += 1
        if slot.refused < most:
            return 0
        if now >= slot.rests_until:
            slot.rest(now)
        return slot.refused
