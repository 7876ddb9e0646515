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
    alert_percent: Decimal = Decimal(100)
    """The first alert threshold: from here on the owner is worth watching."""
    fits_output: bool = False
    """A request that does not fit may generate less instead of being refused."""

    def watched_remaining(self, used_usd: Decimal) -> float | None:
        """The part of the limit that is left, or None for an owner under its first threshold."""
        if self.limit_usd <= 0:
            return 0.0
        if used_usd * 100 < self.alert_percent * self.limit_usd:
            return None
        return float((self.limit_usd - used_usd) / self.limit_usd)

    def window(self, at: datetime) -> Window:
        return window_at(self.period, self.timezone, at)

    @property
    def rolling_length(self) -> timedelta | None:
        return rolling_length(self.period)
