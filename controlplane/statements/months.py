"""Calendar months as statements know them: `2026-10`, in a customer's time zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from billing.periods import window_at
from controlplane.errors import invalid

MONTH = re.compile(r"(\d{4})-(\d{2})")
YEARS = range(2000, 2201)


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """One month of the calendar."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Raises `DomainError` for what is no `2026-10`."""
        found = MONTH.fullmatch(text)
        year, number = (int(found[1]), int(found[2])) if found else (0, 0)
        if year not in YEARS or number not in range(1, 13):
            raise invalid("month", "Must be a month such as 2026-10.")
        return cls(year, number)

    @classmethod
    def of(cls, at: datetime, timezone: str) -> "Month":
        local = at.astimezone(ZoneInfo(timezone))
        return cls(local.year, local.month)

    @property
    def following(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def last_day(self) -> date:
        following = self.following
        return date.fromordinal(date(following.year, following.number, 1).toordinal() - 1)

    def span(self, timezone: str) -> tuple[datetime, datetime]:
        """The instants at which it begins and ends there."""
        middle = datetime(self.year, self.number, 15, 12, tzinfo=ZoneInfo(timezone))
        window = window_at("month", timezone, middle)
        assert window.end is not None, "months end"
        return window.start, window.end

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"
