"""Those who wait for room in a budget, and why the others were turned away."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from psycopg.rows import DictRow

from billing.allowances import Allowance
from billing.errors import BudgetExceeded
from billing.money import ZERO
from dataplane.errors import Unavailable

REFUSAL_SECONDS = 0.25
REFUSALS_KEPT_MAX = 10_000


@dataclass(slots=True, eq=False)
class Waiter:
    """A request that waits for room on its whole path."""

    path: tuple[Allowance, ...]
    amount_usd: Decimal
    deadline: float
    granted: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def lacking(self) -> list[Allowance]:
        return [a for a in self.path if a.free_usd < self.amount_usd]


@dataclass(frozen=True, slots=True)
class Room:
    """What a balance held when it was drawn from. What this process settled counts as spent."""

    limit_usd: Decimal
    spent_usd: Decimal
    reserved_usd: Decimal

    @classmethod
    def of(cls, allowance: Allowance, row: DictRow) -> "Room":
        """From a row of `draw.sql` that the allowance has been granted already.

        What is unflushed is worked out from the database's side, where a flush may be ahead.
        """
        usable = allowance.free_usd + allowance.held_usd + allowance.returning_usd
        unflushed = row["drawn_usd"] - usable
        idle = max(allowance.free_usd, ZERO)
        reserved = row["reserved_usd"] - unflushed - idle
        return cls(row["limit_usd"], row["spent_usd"] + unflushed, reserved)

    def refusal(self, allowance: Allowance, amount_usd: Decimal) -> BudgetExceeded:
        budget = allowance.budget
        return BudgetExceeded(
            budget_id=budget.id,
            owner_type=budget.owner_type,
            owner_id=budget.owner_id,
            limit_usd=self.limit_usd,
            spent_usd=self.spent_usd,
            reserved_usd=self.reserved_usd,
            requested_usd=amount_usd,
            window_end=allowance.window.end,
            is_spent=self.spent_usd + amount_usd > self.limit_usd,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused as spent a moment ago: a storm of the same need not ask again."""

    error: BudgetExceeded
    until: float


class WaitingRoom:
    """Waiters in the order of their arrival."""

    def __init__(self) -> None:
        self._waiters: dict[Waiter, None] = {}
        self._refusals: dict[Allowance, Refusal] = {}

    @property
    def is_occupied(self) -> bool:
        return bool(self._waiters)

    @property
    def allowances(self) -> set[Allowance]:
        return {allowance for waiter in self._waiters for allowance in waiter.path}

    async def wait(self, waiter: Waiter) -> None:
        """Returns with the amount reserved on the whole path. Raises what it was refused with."""
        self._waiters[waiter] = None
        for allowance in waiter.path:
            allowance.used_at = max(allowance.used_at, waiter.deadline)
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if not waiter.granted.cancelled() and waiter.granted.exception() is None:
                for allowance in waiter.path:
                    allowance.release(waiter.amount_usd)
            raise
        finally:
            self._waiters.pop(waiter, None)

    def needs(self) -> dict[Allowance, Decimal]:
        """What is missing of each allowance for all who wait."""
        wanted: dict[Allowance, Decimal] = {}
        for waiter in self._waiters:
            for allowance in waiter.path:
                wanted[allowance] = wanted.get(allowance, ZERO) + waiter.amount_usd
        return {a: need for a, amount in wanted.items() if (need := amount - a.free_usd) > 0}

    def serve(self, rooms: Mapping[Allowance, Room], now: float) -> None:
        """Grants what fits, in order, and refuses what cannot fit any more or waited too long."""
        for waiter in list(self._waiters):
            lacking = waiter.lacking
            if waiter.granted.done():
                del self._waiters[waiter]
            elif not lacking:
                for allowance in waiter.path:
                    allowance.reserve(waiter.amount_usd, now)
                waiter.granted.set_result(None)
                del self._waiters[waiter]
            else:
                self._refuse_or_keep(waiter, [a for a in lacking if a in rooms], rooms, now)

    def _refuse_or_keep(
        self, waiter: Waiter, lacking: list[Allowance], rooms: Mapping[Allowance, Room], now: float
    ) -> None:
        errors = [(a, rooms[a].refusal(a, waiter.amount_usd)) for a in lacking]
        spent = [(a, error) for a, error in errors if error.is_spent]
        if not spent and (not errors or now < waiter.deadline):
            return
        allowance, error = (spent or errors)[0]
        if error.is_spent and len(self._refusals) < REFUSALS_KEPT_MAX:
            self._refusals[allowance] = Refusal(error, now + REFUSAL_SECONDS)
        waiter.granted.set_exception(error)
        del self._waiters[waiter]

    def refuse_again(self, path: tuple[Allowance, ...], amount_usd: Decimal, now: float) -> None:
        """Raises `BudgetExceeded` where no less was refused as spent a moment ago."""
        for allowance in path if self._refusals else ():
            refusal = self._refusals.get(allowance)
            if refusal is None:
                continue
            if now >= refusal.until:
                del self._refusals[allowance]
            elif amount_usd >= refusal.error.requested_usd:
                raise replace(refusal.error, requested_usd=amount_usd)

    def reconsider(self, allowance: Allowance) -> None:
        """Its limit changed: what was refused may fit now."""
        self._refusals.pop(allowance, None)

    def dismiss(self, lost: set[Allowance] | None = None) -> None:
        """There is no ledger to ask, or not for these: those who wait for them are told."""
        for waiter in list(self._waiters):
            if lost is None or lost.intersection(waiter.path):
                if not waiter.granted.done():
                    waiter.granted.set_exception(Unavailable.ledger())
                del self._waiters[waiter]
