"""Budgets as the data plane needs them: whose, how much, in which windows, hard or soft."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from billing.periods import Window, rolling_length, window_at


@dataclass(frozen=True, slots=True)
class Budget:
    """A ceiling on what one owner may spend in each window. `limit_usd` as last configured."""

    id: str
    owner_type: str
    owner_id: str
    limit_usd: Decimal
    period: str
    timezone: str
    is_hard: bool

    def window(self, at: datetime) -> Window:
        return window_at(self.period, self.timezone, at)

    @property
    def rolling_length(self) -> timedelta | None:
        return rolling_length(self.period)
