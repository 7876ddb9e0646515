"""The allowances this process has, by the window they are of and by their balance."""

from collections.abc import Iterator
from datetime import datetime

from billing.allowances import Allowance
from billing.budgets import Budget
from billing.periods import Window

TIGHT_IDLE_SECONDS = 0.15
IDLE_SECONDS = 60.0
LOOKED_AT_MAX = 2000

Place = tuple[str, str, datetime]


class Holdings:
    """A registry that forgets what is empty and long unused."""

    def __init__(self) -> None:
        self._by_window: dict[Place, Allowance] = {}
        self._by_balance: dict[int, Allowance] = {}
        self._tight: set[Allowance] = set()
        self._unseen: list[Allowance] = []
        self._forget_at = 0.0
        self.version = 0
        """Rises when something was forgotten: paths that may lead to it are to be found anew."""

    def __iter__(self) -> Iterator[Allowance]:
        return iter(self._by_window.values())

    def find(self, budget: Budget, window: Window, now: float) -> Allowance:
        """The one allowance of a budget's window, new if there is none."""
        place = (budget.id, budget.period, window.start)
        allowance = self._by_window.get(place)
        if allowance is None:
            allowance = self._by_window[place] = Allowance(budget, window)
        allowance.used_at = now
        return allowance

    def by_balance(self, balance_id: int) -> Allowance | None:
        return self._by_balance.get(balance_id)

    def learn(self, allowance: Allowance) -> None:
        """Its balance is known, and perhaps that there is little in it."""
        if allowance.balance_id is not None:
            self._by_balance[allowance.balance_id] = allowance
        if allowance.is_tight:
            self._tight.add(allowance)

    def idle(self, now: float) -> set[Allowance]:
        """What nobody used for a while, and would be of more use in its balance.

        All that are tight are looked at, and of the others a part in each turn.
        """
        found = {a for a in self._tight if a.free_usd > 0 and _rests(a, now, TIGHT_IDLE_SECONDS)}
        self._tight = {a for a in self._tight if a.is_tight and a.free_usd > 0} - found
        for allowance in self._next(now):
            if allowance.free_usd > 0 and _rests(allowance, now, IDLE_SECONDS):
                found.add(allowance)
        return found

    def _next(self, now: float) -> list[Allowance]:
        if not self._unseen:
            if now >= self._forget_at:
                self._forget_empty(now)
                self._forget_at = now + IDLE_SECONDS
            self._unseen = list(self._by_window.values())
        looked_at, self._unseen = self._unseen[:LOOKED_AT_MAX], self._unseen[LOOKED_AT_MAX:]
        return looked_at

    def _forget_empty(self, now: float) -> None:
        for place, allowance in list(self._by_window.items()):
            if allowance.is_empty and _rests(allowance, now, IDLE_SECONDS):
                del self._by_window[place]
                self._by_balance.pop(allowance.balance_id or 0, None)
                self.version += 1


def _rests(allowance: Allowance, now: float, seconds: float) -> bool:
    return now - allowance.used_at >= seconds
