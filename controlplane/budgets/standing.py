"""How budgets stand: what is left of each, where it is heading, and when it runs out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from billing.forecasts import Forecast, Spending, day_of_exhaustion, expected_by_day, forecast
from billing.money import ZERO
from billing.periods import rolling_length
from controlplane.budgets.daily_spend import spending_of
from controlplane.budgets.models import Budget, Enforcement, LimitChange
from controlplane.budgets.queries import CurrentBalance, changes_in_force, current_balances

NOTHING_LEFT = Decimal("0.001")  # of the limit: less than this pays for no request worth making
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
PACE_FACTOR = 3  # nobody's spend is expected to grow faster than this within a window
FORECASTS_MAX = 100


class State(StrEnum):
    """What a reader has to know first."""

    LASTS = "lasts"
    SHORT = "short"
    USED_UP = "used-up"
    OVER = "over"


@dataclass(frozen=True)
class Standing:
    """One budget now. `forecast` is of the window's end, rounded as it is shown."""

    budget: Budget
    balance: CurrentBalance
    changes: tuple[LimitChange, ...] = ()
    forecast: Forecast | None = None
    runs_out: date | None = None
    """Within the window; of a budget without an end, at this pace."""

    @property
    def is_hard(self) -> bool:
        return self.budget.enforcement == Enforcement.HARD

    @property
    def is_lifetime(self) -> bool:
        return self.budget.window == "lifetime"

    @property
    def over_usd(self) -> Decimal:
        """By how much more is spent than may be."""
        return max(ZERO, self.balance.spent_usd - self.balance.limit_usd)

    @property
    def is_used_up(self) -> bool:
        left, limit = self.balance.remaining_usd, self.balance.limit_usd
        return self.is_hard and left <= limit * NOTHING_LEFT

    @property
    def state(self) -> State:
        if self.over_usd:
            return State.OVER
        if self.is_used_up:
            return State.USED_UP
        is_short = self.runs_out is not None and not self.is_lifetime
        return State.SHORT if is_short else State.LASTS

    @property
    def changed_usd(self) -> Decimal:
        """What is added to the budget's own limit for now; negative: taken from it."""
        return self.balance.limit_usd - self.budget.limit_usd

    @property
    def changed_until(self) -> datetime | None:
        """The first of the ends of what was changed."""
        return min((each.ends_at for each in self.changes if each.ends_at), default=None)

    @property
    def urgency(self) -> tuple[bool, date, Decimal]:
        """In this order budgets stop their owner."""
        limit = self.balance.limit_usd
        used = self.balance.spent_usd / limit if limit else Decimal(1)
        lasts = self.state in (State.LASTS, State.SHORT)
        return lasts, self.runs_out or date.max, -used


def standings(budgets: Iterable[Budget], at: datetime) -> dict[str, Standing]:
    """By budget id, without forecasts; in three queries at most."""
    budgets = list(budgets)
    changes: dict[str, list[LimitChange]] = defaultdict(list)
    for change in changes_in_force(at).filter(budget__in=budgets):
        changes[change.budget_id].append(change)
    limits = {each.id: _limit(each, changes[each.id]) for each in budgets}
    balances = current_balances(budgets, at, limits)
    return {each.id: Standing(each, balances[each.id], tuple(changes[each.id])) for each in budgets}


def _limit(budget: Budget, changes: Iterable[LimitChange]) -> Decimal:
    return max(ZERO, budget.limit_usd + sum((each.amount_usd for each in changes), ZERO))


def foreseen(known: Sequence[Standing], at: datetime) -> dict[str, Standing]:
    """The same with their forecasts, by budget id; in one query."""
    spending = spending_of([each.budget for each in known], at)
    return {each.budget.id: _foreseen(each, spending[each.budget.id]) for each in known}


def may_run_short(known: Standing, at: datetime) -> bool:
    """Whether a forecast is worth its time: at three times its pace, it would run out."""
    start, end = known.balance.window_start, known.balance.window_end
    if known.state != State.LASTS or not known.balance.spent_usd or end is None or at >= end:
        return False
    ahead = known.balance.spent_usd * Decimal((end - at) / max(at - start, INSTANT))
    return known.balance.spent_usd + PACE_FACTOR * ahead >= known.balance.limit_usd


def last_day(window_end: datetime, timezone: str) -> date:
    """The day that a window's end is the end of."""
    return (window_end - INSTANT).astimezone(ZoneInfo(timezone)).date()


def _foreseen(known: Standing, spending: Spending) -> Standing:
    """A rolling window has no end to look at: what is spent leaves it again."""
    budget, balance = known.budget, known.balance
    if rolling_length(budget.window) is not None:
        return known
    if balance.window_end is None:
        found = day_of_exhaustion(spending, left_usd=balance.remaining_usd)
        return Standing(
            budget, balance, known.changes, runs_out=found if isinstance(found, date) else None
        )
    end = last_day(balance.window_end, budget.timezone) + DAY
    expected = forecast(spending, spent_usd=balance.spent_usd, end=end)
    if not isinstance(expected, Forecast):
        return known
    rounded = expected.rounded()
    runs_out = None
    if rounded.expected_usd > balance.limit_usd:
        runs_out = _day_passed(expected_by_day(spending, end=end), balance) or end - DAY
    return Standing(budget, balance, known.changes, rounded, runs_out)


def _day_passed(days: Iterable[tuple[date, Decimal]], balance: CurrentBalance) -> date | None:
    left = balance.limit_usd - balance.spent_usd
    for day, expected in days:
        left -= expected
        if left <= 0:
            return day
    return None
