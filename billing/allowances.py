"""What one process may reserve of a balance without asking: the algebra of allowances.

A process draws an allowance from a balance, reserves from it and settles in memory, and a flush
moves what was spent from the allowance into the balance's `spent`. At every moment

    drawn = free + held + unflushed + returning

where `drawn` is what the database says the process has of the balance: free to reserve, held by
calls under way, spent but not flushed yet, or on its way back. Money that is not free cannot be
reserved, so what all processes reserve never exceeds what they drew, and that never the limit.

Times are seconds of a monotonic clock, amounts US dollars.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from billing.budgets import Budget
from billing.money import QUANTUM, ZERO
from billing.periods import Window

NEEDS_AHEAD = 8
HORIZON_SECONDS = 10
RATE_SECONDS_MIN = 1.0


@dataclass(slots=True, eq=False)
class Allowance:
    """One process's part of one balance: of a budget, in one window."""

    budget: Budget
    window: Window
    balance_id: int | None = None
    free_usd: Decimal = ZERO
    held_usd: Decimal = ZERO
    unflushed_usd: Decimal = ZERO
    returning_usd: Decimal = ZERO
    is_tight: bool = False
    """The database granted less than was wanted: what is idle goes back soon."""
    refill_below_usd: Decimal = ZERO
    """Under this much free, more is drawn ahead of need."""
    asked_usd: Decimal = ZERO
    """What calls reserved since the last draw: the rate of use."""
    drawn_at: float = 0.0
    used_at: float = 0.0

    @property
    def drawn_usd(self) -> Decimal:
        return self.free_usd + self.held_usd + self.unflushed_usd + self.returning_usd

    @property
    def is_empty(self) -> bool:
        return not (self.free_usd or self.held_usd or self.unflushed_usd or self.returning_usd)

    def reserve(self, amount_usd: Decimal, now: float) -> None:
        self.free_usd -= amount_usd
        self.held_usd += amount_usd
        self.asked_usd += amount_usd
        self.used_at = now

    def release(self, amount_usd: Decimal) -> None:
        """The call cost nothing."""
        self.held_usd -= amount_usd
        self.free_usd += amount_usd

    def settle(self, reserved_usd: Decimal, cost_usd: Decimal) -> None:
        """The call is over. What it cost beyond its reservation is taken from what is free."""
        self.held_usd -= reserved_usd
        self.free_usd += reserved_usd - cost_usd
        self.unflushed_usd += cost_usd

    def flushed(self, cost_usd: Decimal, moved_usd: Decimal) -> None:
        """Settled calls are in the books, `moved_usd` of their cost out of this allowance."""
        self.unflushed_usd -= cost_usd
        self.free_usd += cost_usd - moved_usd

    def want_usd(self, need_usd: Decimal, now: float) -> Decimal:
        """What to draw, at best: for some calls like these, and for the coming seconds."""
        elapsed = Decimal(max(now - self.drawn_at, RATE_SECONDS_MIN))
        ahead = self.asked_usd / elapsed * HORIZON_SECONDS
        want = max(NEEDS_AHEAD * need_usd, ahead - self.free_usd)
        return want.quantize(QUANTUM, ROUND_DOWN)

    def granted(self, amount_usd: Decimal, want_usd: Decimal, now: float) -> None:
        """A draw's answer. Half of what is free now is the mark below which to draw again."""
        self.free_usd += amount_usd
        self.is_tight = amount_usd < want_usd
        self.refill_below_usd = max(self.free_usd, ZERO) / 2
        self.asked_usd = ZERO
        self.drawn_at = now

    def return_free(self) -> Decimal:
        """Takes all that is free out of use, to be given back; how much that is."""
        amount = max(self.free_usd, ZERO)
        self.free_usd -= amount
        self.returning_usd += amount
        self.refill_below_usd = ZERO
        return amount

    def returned(self, amount_usd: Decimal) -> None:
        self.returning_usd -= amount_usd

    def reconcile(self, drawn_usd: Decimal) -> None:
        """What the database says is drawn, after an answer of its was lost."""
        self.returning_usd = ZERO
        self.free_usd = drawn_usd - self.held_usd - self.unflushed_usd
