"""Reserving and settling in memory, from what this process has drawn of the balances.

The ordinary request finds room in every hard budget of its path and takes it, all or none, without
a word to the database. Where there is none, it waits for the drawer.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec
from psycopg.rows import DictRow

from billing.allowances import Allowance
from billing.budgets import Budget
from billing.money import ZERO
from billing.periods import Window
from dataplane.errors import Unavailable
from dataplane.metering.allowances.drawer import Drawer
from dataplane.metering.allowances.process import Process
from dataplane.snapshot.model import VirtualKey

PATHS_KNOWN_MAX = 100_000

# Told of every budget whose spend became known.
Observe = Callable[[Budget, Decimal], None]


@dataclass(frozen=True, slots=True)
class BudgetPath:
    """The budgets one call must pass, in their windows of now."""

    budgets: tuple[Budget, ...]
    start: datetime | None
    end: datetime | None
    """The path holds for calls in [start, end): until one of its windows turns."""
    allowances: tuple[Allowance, ...]
    """Of the hard budgets. Soft ones are counted, never drawn from."""
    windows: msgspec.Raw
    """All windows as the usage record names them, soft ones too."""

    def holds(self, budgets: tuple[Budget, ...], at: datetime) -> bool:
        return (
            self.budgets is budgets
            and (self.start is None or self.start <= at)
            and (self.end is None or at < self.end)
        )


NO_PATH = BudgetPath((), None, None, (), msgspec.Raw(b"[]"))


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for a request, on every hard budget of its path."""

    reserved_usd: Decimal
    path: BudgetPath

    def plus(self, amount_usd: Decimal) -> "Reservation":
        return Reservation(self.reserved_usd + amount_usd, self.path)


class Allowances:
    """What this process holds of every balance it draws from."""

    def __init__(self, drawer: Drawer, process: Process, observe: Observe) -> None:
        self._drawer = drawer
        self._process = process
        self._observe = observe
        self._paths: dict[str, BudgetPath] = {}
        self._version = drawer.version
        self._budgets: dict[str, Budget] = {}

    def path(self, key: VirtualKey, at: datetime) -> BudgetPath:
        """The budget path of a key at that time."""
        known = self._paths.get(key.id)
        if known is not None and known.holds(key.budgets, at):
            if self._version == self._drawer.version:
                return known
            self._paths.clear()
            self._version = self._drawer.version
        if not key.budgets:
            return NO_PATH
        if len(self._paths) >= PATHS_KNOWN_MAX:
            self._paths.clear()
        path = self._paths[key.id] = self._new_path(key.budgets, at)
        return path

    async def reserve(self, path: BudgetPath, amount_usd: Decimal) -> Reservation:
        """Raises `BudgetExceeded`, or `Unavailable` when there is no ledger to ask."""
        if path.allowances and not self._process.is_trusted:
            raise Unavailable.ledger()
        if not self._take(path.allowances, amount_usd):
            await self._drawer.obtain(path.allowances, amount_usd)
        return Reservation(amount_usd, path)

    def release(self, reservation: Reservation) -> None:
        """Gives it back whole: the call cost nothing."""
        for allowance in reservation.path.allowances:
            allowance.release(reservation.reserved_usd)
        self._drawer.something_is_free()

    def settle(self, reservation: Reservation, cost_usd: Decimal) -> None:
        """The call is over; its cost waits to be flushed."""
        for allowance in reservation.path.allowances:
            allowance.settle(reservation.reserved_usd, cost_usd)
        self._drawer.something_is_free()

    def flushed(self, costs: Mapping[Allowance, Decimal], rows: Iterable[DictRow]) -> None:
        """Settled calls are in the books: `rows` are what `settle.sql` answered."""
        moved = {}
        for row in rows:
            moved[row["id"]] = row["moved_usd"]
            if (budget := self._budgets.get(row["budget_id"])) is not None:
                self._observe(budget, row["spent_usd"])
        for allowance, cost_usd in costs.items():
            allowance.flushed(cost_usd, moved.get(allowance.balance_id, ZERO))
        self._drawer.something_is_free()

    def _take(self, allowances: tuple[Allowance, ...], amount_usd: Decimal) -> bool:
        for allowance in allowances:
            if allowance.free_usd < amount_usd:
                return False
        now = time.monotonic()
        for allowance in allowances:
            allowance.reserve(amount_usd, now)
            if allowance.free_usd < allowance.refill_below_usd:
                self._drawer.refill(allowance)
        return True

    def _new_path(self, budgets: tuple[Budget, ...], at: datetime) -> BudgetPath:
        windows = [(budget, budget.window(at)) for budget in budgets]
        for budget in budgets:
            self._budgets[budget.id] = budget
        starts = [window.start for _, window in windows]
        ends = [window.end for _, window in windows if window.end is not None]
        return BudgetPath(
            budgets=budgets,
            start=max(starts),
            end=min(ends, default=None),
            allowances=tuple(
                self._drawer.allowance(budget, window)
                for budget, window in windows
                if budget.is_hard
            ),
            windows=_encode(windows),
        )


def _encode(windows: Iterable[tuple[Budget, Window]]) -> msgspec.Raw:
    named = [
        {
            "budget_id": budget.id,
            "period": budget.period,
            "window_start": window.start,
            "window_end": window.end,
        }
        for budget, window in windows
    ]
    return msgspec.Raw(msgspec.json.encode(named))
