"""What one process used of a key in about the last window: coarse, for when nobody can be asked."""

from collections.abc import Iterable, Mapping, Sequence

from dataplane.access.rates.slot_clock import WINDOW_SLOTS

BUCKET_SLOTS = 60

Uses = dict[int, list[int]]
"""By slot: requests and tokens."""


class RecentUses:
    """Buckets of a quarter of a window; a bucket counts until all of it is a window old."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: Uses = {}

    def add(self, uses: Mapping[int, Sequence[int]]) -> None:
        for slot, (requests, tokens) in uses.items():
            add_use(self._buckets, slot // BUCKET_SLOTS, requests, tokens)
        if uses:
            self._forget_before(max(uses))

    def sum(self, slot: int, more: Uses) -> tuple[int, int]:
        """Requests and tokens used in the window that ends with that slot."""
        self._forget_before(slot)
        late = [use for used_in, use in more.items() if used_in >= slot - WINDOW_SLOTS]
        return sum_uses([*self._buckets.values(), *late])

    def _forget_before(self, slot: int) -> None:
        oldest = (slot - WINDOW_SLOTS) // BUCKET_SLOTS
        for bucket in [bucket for bucket in self._buckets if bucket < oldest]:
            del self._buckets[bucket]


def add_use(uses: Uses, slot: int, requests: int, tokens: int) -> None:
    use = uses.setdefault(slot, [0, 0])
    use[0] += requests
    use[1] += tokens


def sum_uses(uses: Iterable[Sequence[int]]) -> tuple[int, int]:
    requests = tokens = 0
    for use in uses:
        requests += use[0]
        tokens += use[1]
    return requests, tokens
