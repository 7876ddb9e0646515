"""What one process holds of a key's window of requests and tokens: a slice, used from memory.

In the database a slice counts whole in the last slot it is valid for. What was really used, and
when, is told with the next draw, which takes the slice off that slot: so at every moment whatever
was or still may be used counts for a window from then on, and no window holds more than the limit.

An answer that was lost may have been a draw or none. What is left of such a slice is used up, but
nothing of it is taken back any more: that can only count too much.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from dataplane.access.rates.drawing_ahead import DrawingAhead
from dataplane.access.rates.recent_uses import RecentUses, Uses, add_use
from dataplane.access.rates.slot_clock import SlotClock

UNLIMITED = 2**62


class Source(Enum):
    """Where the slice is from: drawn, perhaps drawn, or this process's share in an outage."""

    DRAWN = "drawn"
    IN_DOUBT = "in doubt"
    SHARE = "share"


class RateWindow:
    """One key's slice. Time is an argument, monotonic seconds; nothing here waits."""

    def __init__(self, clock: SlotClock) -> None:
        self._clock = clock
        self.requests_max: int | None = None
        self.tokens_max: int | None = None
        self.requests = self.tokens = 0
        """What is left of the slice."""
        self.requests_room = self.tokens_room = 0
        """What the database had left when it was last asked."""
        self.is_short = False
        """Whether the limit is near, so that others may wait for what this process holds."""
        self.is_low = False
        """Whether it is time to draw ahead."""
        self.ahead = DrawingAhead(clock)
        self._source = Source.DRAWN
        self.expires_at = self._asked_at = 0.0
        self._uses: Uses = {}
        self._owed: Uses = {}
        self._owed_sent: Uses = {}
        self._recent = RecentUses()
        self._charge = self._held = (0, 0)
        self._charge_slot = 0

    @property
    def is_limited(self) -> bool:
        return self.requests_max is not None or self.tokens_max is not None

    def limit(self, requests_max: int | None, tokens_max: int | None) -> None:
        """Sets the limits; what was drawn under others is used no more."""
        self.requests_max, self.tokens_max = requests_max, tokens_max
        self.expires_at = 0.0

    def take(self, tokens: int, now: float) -> int:
        """Uses one request and some tokens of the slice: the slot it counts in, or 0."""
        requests, tokens_left = self.requests - 1, self.tokens - tokens
        if now >= self.expires_at or requests < 0 or tokens_left < 0:
            return 0
        self.requests, self.tokens = requests, tokens_left
        slot = self._clock.slot(now)
        if (use := self._uses.get(slot)) is None:
            self._uses[slot] = [1, tokens]
        else:
            use[0] += 1
            use[1] += tokens
        ahead = self.ahead
        if (
            requests <= ahead.low_requests
            or tokens_left <= ahead.low_tokens
            or now > ahead.refill_at
        ):
            self.is_low = True
        return slot

    def refund(self, slot: int, tokens: int) -> None:
        """A request of that slot used fewer tokens than it took."""
        add_use(self._uses, slot, 0, -tokens)

    def owe(self, tokens: int, now: float) -> None:
        """A request used more tokens than it took. They count from when that became known."""
        slot = self._clock.slot(now)
        held = min(tokens, self.tokens) if now < self.expires_at else 0
        self.tokens -= held
        add_use(self._uses, slot, 0, held)
        if tokens > held:
            add_use(self._owed, slot, 0, tokens - held)

    def has_news(self) -> bool:
        """Whether the database counts otherwise than it would if it knew all."""
        return bool(self._uses or self._owed) or self._charge != (0, 0)

    def ask(self, waiting: Sequence[int], now: float, *, gives_back: bool) -> dict[str, Any]:
        """What to tell and ask the database. One of `granted` and `doubted` must follow."""
        if not gives_back:
            self.ahead.reckon(self._uses.values(), waiting, now)
        self.ahead.rest()
        self.is_low = False
        moves = self._tell()
        if gives_back or now >= self.expires_at:
            self.requests = self.tokens = 0
            self.expires_at = 0.0
        drawn = self._source is Source.DRAWN
        held_requests = self.requests if drawn and self.requests_max is not None else 0
        held_tokens = self.tokens if drawn and self.tokens_max is not None else 0
        self._held = (held_requests, held_tokens)
        self._asked_at = now
        return {
            "moves": moves,
            "held_until": self._charge_slot,
            **_ask("requests", self.requests_max, [1] * len(waiting), held_requests),
            **_ask("tokens", self.tokens_max, waiting, held_tokens),
            "requests_ahead": 0 if gives_back else self.ahead.requests,
            "tokens_ahead": 0 if gives_back else self.ahead.tokens,
        }

    def granted(self, row: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
        """The database's answer to the last `ask`."""
        self._recent.add(self._owed_sent)
        self._owed_sent = {}
        if self._source is not Source.DRAWN:
            self._source = Source.DRAWN
            self._uses = {}
            self.requests = self.tokens = 0
            self.expires_at = 0.0
        requests, tokens, valid_slots = row["requests"], row["tokens"], row["valid_slots"]
        self._charge = (self._held[0] + requests, self._held[1] + tokens)
        self._charge_slot = row["last_slot"]
        self.requests = UNLIMITED if self.requests_max is None else self.requests + requests
        self.tokens = UNLIMITED if self.tokens_max is None else self.tokens + tokens
        if self._charge != (0, 0):
            until = self._asked_at + valid_slots * self._clock.seconds
            self.expires_at = max(self.expires_at, until)
        self.requests_room, self.tokens_room = row["requests_left"], row["tokens_left"]
        self.is_short = valid_slots == 1
        self.ahead.plan(
            None if self.requests_max is None else max(0, requests - asked["requests_need"]),
            None if self.tokens_max is None else max(0, tokens - asked["tokens_need"]),
            valid_slots,
        )

    def came_late(self, now: float) -> bool:
        """Whether the last answer took so long that the slice expired on its way."""
        return self._charge != (0, 0) and now >= self.expires_at

    def doubted(self) -> None:
        """Nobody knows whether the last `ask` was heard."""
        for slot, (requests, tokens) in self._owed_sent.items():
            add_use(self._owed, slot, max(0, requests), max(0, tokens))
        self._owed_sent = {}
        if self._source is Source.DRAWN:
            self._disown(Source.IN_DOUBT)

    def open_share(self, processes: int, now: float) -> None:
        """There is no database to ask: this process's part of the limit, less its recent uses."""
        if self._source is not Source.SHARE:
            self._disown(Source.SHARE)
            self._uses = self._owed
        used = self._recent.sum(self._clock.slot(now), self._owed)
        self.requests = _share(self.requests_max, processes, used[0])
        self.tokens = _share(self.tokens_max, processes, used[1])
        self.requests_room = self.tokens_room = 0
        self.expires_at = now + self._clock.seconds

    def _disown(self, source: Source) -> None:
        """From here on, nothing is taken off what the database counts for the slice."""
        self._recent.add(self._uses)
        self._uses = {}
        self._charge = (0, 0)
        self._source = source

    def _tell(self) -> list[list[int]]:
        """What to add to which slots, so that the database counts what was used when."""
        moves = [[slot, *use] for slot, use in self._owed.items()]
        self._owed_sent, self._owed = self._owed, {}
        if self._source is Source.SHARE:
            self._uses = self._owed
            return moves
        if self._source is Source.DRAWN:
            moves += [[slot, *use] for slot, use in self._uses.items()]
            moves.append([self._charge_slot, -self._charge[0], -self._charge[1]])
        self._recent.add(self._uses)
        self._uses = {}
        return moves


def _ask(kind: str, most: int | None, waiting: Sequence[int], held: int) -> dict[str, int | None]:
    """Of one kind: what the least of those who wait misses, and what all of them do."""
    least = need = 0
    if most is not None and waiting:
        least, need = max(0, min(waiting) - held), min(most, max(0, sum(waiting) - held))
    return {
        f"{kind}_max": most,
        f"{kind}_held": held,
        f"{kind}_least": least,
        f"{kind}_need": need,
    }


def _share(most: int | None, processes: int, used: int) -> int:
    return UNLIMITED if most is None else max(0, max(1, most // processes) - used)
