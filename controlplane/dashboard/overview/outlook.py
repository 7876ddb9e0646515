"""Where the month ends: what the forecast says of it, for the verdict and for the chart."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from billing.forecasts import Forecast, Spending, TooShort, expected_by_day, forecast
from billing.money import ZERO
from controlplane.dashboard.overview.figures import Figures

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outlook:
    """What is expected of an open period; nothing of one that is over."""

    figures: Figures

    @cached_property
    def today(self) -> date:
        chosen = self.figures.filter
        return chosen.now.astimezone(ZoneInfo(chosen.period.timezone)).date()

    @cached_property
    def spending(self) -> Spending:
        """Whole days up to yesterday, without a gap."""
        known = self.figures.spent_by_day
        first = min(known, default=self.today)
        days = [first + each * DAY for each in range((self.today - first).days)]
        history = [(day, known.get(day, ZERO)) for day in days]
        return Spending(days=history, today=self.today, today_share=self.today_share)

    @cached_property
    def today_share(self) -> float:
        """The part of a usual day's spend that is over by this time of day."""
        zone = ZoneInfo(self.figures.filter.period.timezone)
        now = self.figures.filter.now.astimezone(zone)
        past = total = ZERO
        for group in self.figures.hours.groups:
            hour = datetime.fromisoformat(str(group.values[0])).astimezone(zone)
            cost = group.sums.cost_usd or ZERO
            total += cost
            past += cost * _passed(hour, now)
        passed = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)) / DAY
        return float(past / total) if total else passed

    @cached_property
    def expected(self) -> Forecast | TooShort | None:
        """None of a period that is over."""
        chosen = self.figures.filter
        if not chosen.is_open:
            return None
        return self._until(chosen.period.last)

    @property
    def forecast(self) -> Forecast | None:
        return self.expected if isinstance(self.expected, Forecast) else None

    @property
    def too_short(self) -> TooShort | None:
        return self.expected if isinstance(self.expected, TooShort) else None

    def path(self) -> dict[date, Forecast]:
        """What will have been spent by the end of each day to come, today included."""
        if self.forecast is None:
            return {}
        days = [day for day, _ in expected_by_day(self.spending, end=self._end)]
        found = {day: self._until(day) for day in days}
        return {day: each for day, each in found.items() if isinstance(each, Forecast)}

    @property
    def _end(self) -> date:
        return self.figures.filter.period.last + DAY

    def _until(self, last: date) -> Forecast | TooShort:
        return forecast(self.spending, spent_usd=self.figures.spent, end=last + DAY)


def _passed(hour: datetime, now: datetime) -> Decimal:
    """How much of an hour of another day is over at this time of day."""
    if hour.hour != now.hour:
        return Decimal(int(hour.hour < now.hour))
    return Decimal(now.minute) / 60


def start_of(day: date, timezone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
