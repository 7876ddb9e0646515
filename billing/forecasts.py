"""Where spend is heading: an estimate with a range from what was spent a day.

A day's spend is modelled as level × weekday: the level is a line through the last weeks, recent
days weighing more; a weekday's factor is the median of what such days were of their own weeks.
Single days far out do not bend it. What is left over says how far the sum of the days to come may
stray. Amounts are `Decimal`; in between it is statistics, in floats, for an estimate is no money.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from statistics import NormalDist

from billing.spend_patterns import Pattern, fit

HISTORY_DAYS_MIN = 14
SIGNIFICANT_DIGITS = 3
QUANTILE = NormalDist().inv_cdf(0.9)  # a tenth below the range, a tenth above
PATH_DAYS_MAX = 366
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What is known: the spend of whole days up to yesterday, without a gap.

    `today_share` is the part of a usual day's spend that is over by this hour, from 0 to 1.
    """

    days: Sequence[tuple[date, Decimal]]
    today: date
    today_share: float = 0.0


@dataclass(frozen=True)
class TooShort:
    """There is no forecast: so many whole days are known, of so many that it takes."""

    days: int
    days_min: int = HISTORY_DAYS_MIN


@dataclass(frozen=True)
class Forecast:
    """What will have been spent: in 8 cases of 10 from `low_usd` to `high_usd`."""

    expected_usd: Decimal
    low_usd: Decimal
    high_usd: Decimal
    spent_usd: Decimal
    deviation_usd: Decimal

    def chance_above(self, limit_usd: Decimal) -> float:
        """How likely it is that more than the limit will have been spent, from 0 to 1."""
        if self.spent_usd > limit_usd:
            return 1.0
        if not self.deviation_usd:
            return float(self.expected_usd > limit_usd)
        return 1 - NormalDist().cdf(float((limit_usd - self.expected_usd) / self.deviation_usd))

    def rounded(self) -> "Forecast":
        """To three digits of what is expected; what depends on a forecast is computed from this."""
        step = _step(self.expected_usd)
        return Forecast(
            _to(self.expected_usd, step),
            _to(self.low_usd, step),
            _to(self.high_usd, step),
            self.spent_usd,
            self.deviation_usd,
        )


def forecast(spending: Spending, *, spent_usd: Decimal, end: date) -> Forecast | TooShort:
    """What a window will have cost that has cost `spent_usd` by now and ends before `end`."""
    history = _since_first(spending.days)
    if len(history) < HISTORY_DAYS_MIN:
        return TooShort(len(history))
    pattern = fit(history)
    rest = _rest(pattern, spending, (end - spending.today).days)
    expected, deviation = sum(rest), _deviation(pattern, rest)
    reach = deviation * QUANTILE * pattern.caution
    return Forecast(
        expected_usd=spent_usd + _usd(expected),
        low_usd=spent_usd + _usd(max(0.0, expected - reach)),
        high_usd=spent_usd + _usd(expected + reach),
        spent_usd=spent_usd,
        deviation_usd=_usd(deviation * pattern.caution),
    )


def day_of_exhaustion(spending: Spending, *, left_usd: Decimal) -> date | TooShort | None:
    """The day that uses up what is left; None when a year is not enough."""
    if left_usd <= 0:
        return spending.today
    history = _since_first(spending.days)
    if len(history) < HISTORY_DAYS_MIN:
        return TooShort(len(history))
    left, rest = float(left_usd), _rest(fit(history), spending, PATH_DAYS_MAX)
    for ahead, expected in enumerate(rest):
        left -= expected
        if left <= 0:
            return spending.today + ahead * DAY
    return None


def expected_by_day(spending: Spending, *, end: date) -> list[tuple[date, Decimal]]:
    """What each day from today on is expected to add; nothing where history is too short."""
    history = _since_first(spending.days)
    if len(history) < HISTORY_DAYS_MIN:
        return []
    rest = _rest(fit(history), spending, (end - spending.today).days)
    return [(spending.today + ahead * DAY, _usd(usd)) for ahead, usd in enumerate(rest)]


def _rest(pattern: Pattern, spending: Spending, days: int) -> list[float]:
    """What is expected of today's rest, and of each day after it."""
    expected = [pattern.expected(spending.today + ahead * DAY) for ahead in range(days)]
    if expected:
        expected[0] *= 1 - min(max(spending.today_share, 0.0), 1.0)
    return expected


def _deviation(pattern: Pattern, rest: Sequence[float]) -> float:
    """Days stray each on their own, and all together where the level is not what it seems."""
    alone = pattern.daily**2 * sum(each**2 for each in rest)
    together = sum(each * pattern.drift(ahead) for ahead, each in enumerate(rest, start=1))
    return sqrt(alone + together**2)


def _since_first(days: Sequence[tuple[date, Decimal]]) -> Sequence[tuple[date, Decimal]]:
    """A customer's history begins with the first day that cost something."""
    first = next((at for at, (_, usd) in enumerate(days) if usd), len(days))
    return days[first:]


def _usd(amount: float) -> Decimal:
    return Decimal(f"{amount:.6f}")


def _step(amount: Decimal) -> Decimal:
    """The place of the last digit that is shown."""
    digits = amount.adjusted() - SIGNIFICANT_DIGITS + 1 if amount else -2
    return Decimal(1).scaleb(max(digits, -2))


def _to(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).to_integral_value(ROUND_HALF_UP) * step
