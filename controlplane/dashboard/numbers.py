"""How numbers, amounts and times read, everywhere: the one formatter.

Rounded half up. What is unknown has a word and is never zero; a difference always has its sign.
Which marks separate digits is the viewer's choice: it changes what is shown, never a file.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.money import CENTS, amount_text, rounded
from controlplane.usage.periods import Period

MILLIONTHS = 6
SIGNIFICANT = 3
PERCENT_MAX = 999
SECOND_MS = 1000
THOUSAND, MILLION = 1000, 1_000_000


@dataclass(frozen=True)
class Marks:
    """What stands between thousands, and before decimals."""

    thousands: str
    decimal: str

    @property
    def sample(self) -> str:
        return f"1{self.thousands}234{self.decimal}56"


MARKS = {"comma": Marks(",", "."), "dot": Marks(".", ","), "space": Marks("\u202f", ",")}
MARKS_DEFAULT = "comma"
_marks: ContextVar[Marks] = ContextVar("marks", default=MARKS[MARKS_DEFAULT])


@contextmanager
def marked(choice: str) -> Iterator[None]:
    """Numbers read as the viewer chose, for as long as this lasts."""
    token = _marks.set(MARKS.get(choice, MARKS[MARKS_DEFAULT]))
    try:
        yield
    finally:
        _marks.reset(token)


def marks_in_use() -> Marks:
    return _marks.get()


def decimal_text(value: Decimal | int, places: int = 0) -> str:
    """`1,234.50`, with a minus where it is negative."""
    return _with_marks(amount_text(Decimal(value), places))


def money_text(value: Decimal, places: int = CENTS) -> str:
    """`$1,234.50`, `−$3.10`; what rounds to zero has no sign."""
    return _with_marks(amount_text(value, places, symbol="$"))


def _with_marks(text: str) -> str:
    """What has commas and a point, as the viewer chose."""
    marks = _marks.get()
    whole, _, part = text.partition(".")
    whole = whole.replace(",", marks.thousands)
    return f"{whole}{marks.decimal}{part}" if part else whole


def places_for(values: Iterable[Decimal | None]) -> int:
    """One precision for a column: cents, or enough for the smallest that is not zero."""
    known = [abs(value) for value in values if value]
    return MILLIONTHS if any(value < Decimal("0.01") for value in known) else CENTS


def exact_places(values: Iterable[Decimal | None]) -> int:
    """One precision for amounts of single requests: six decimals, or as many as there are."""
    return max(
        [MILLIONTHS, *(-int(v.normalize().as_tuple().exponent) for v in values if v is not None)]
    )


def about(value: Decimal) -> Decimal:
    """To three significant digits: what is said of a forecast, and reckoned with."""
    return rounded(rounded(value, SIGNIFICANT - 1 - value.adjusted()), CENTS)


def about_text(value: Decimal) -> str:
    """A forecast's amount: no cents, unless it is less than a hundred dollars."""
    shown = about(value)
    return money_text(shown, 0 if abs(shown) >= 100 or shown == shown.to_integral() else CENTS)


def count_text(value: int) -> str:
    return decimal_text(value)


def percent_text(part: Decimal, places: int = 1) -> str:
    """A share: 0.215 is `21.5 %`."""
    percent = part * 100
    return f"{decimal_text(percent, places)} %"


def signed_money_text(value: Decimal, places: int = CENTS) -> str:
    sign = "+" if rounded(value, places) > 0 else ""
    return sign + money_text(value, places)


def signed_count_text(value: int) -> str:
    return f"{'+' if value > 0 else ''}{count_text(value)}"


def change_text(now: Decimal | int, before: Decimal | int) -> str:
    """`+21.5 %`; `new` where there was nothing, `×12` where it is over tenfold."""
    now, before = Decimal(now), Decimal(before)
    if not before:
        return "new" if now else "–"
    percent = (now - before) / abs(before) * 100
    if percent > PERCENT_MAX:
        return f"×{decimal_text(now / before)}"
    sign = "+" if rounded(percent, 1) > 0 else ""
    return sign + percent_text(percent / 100)


def duration_text(milliseconds: float | Decimal) -> str:
    """`840 ms`, and from a second on `12.4 s`."""
    value = Decimal(str(milliseconds))
    if rounded(value, 0) < SECOND_MS:
        return f"{decimal_text(value)} ms"
    return f"{decimal_text(value / SECOND_MS, 1)} s"


def moment_text(at: datetime, timezone: str = "UTC") -> str:
    """`21 Nov 2026, 09:41:22 UTC`."""
    local = at.astimezone(ZoneInfo(timezone))
    return f"{day_text(local.date())}, {local:%H:%M:%S} {zone_text(timezone)}"


def clock_text(at: datetime) -> str:
    """`09:41:22 UTC`, of today."""
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"


def day_text(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def short_day_text(day: date) -> str:
    return f"{day.day} {day:%b}"


def zone_text(timezone: str) -> str:
    return timezone.replace("_", " ")


def days_text(period: Period) -> str:
    """`1 – 21 November 2026`, `23 October to 21 November 2026`."""
    first, last = period.first, period.last
    if first == last:
        return f"{last.day} {last:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {last.day} {last:%B %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%B}{year} to {last.day} {last:%B %Y}"


def period_text(period: Period) -> str:
    """A whole month by its name, else its days."""
    return f"{period.first:%B %Y}" if period.is_month else days_text(period)


def in_unit(value: Decimal | int, unit: str, places: int = CENTS) -> str:
    """A value of a report in its unit: usd, count, share or ms."""
    match unit:
        case "usd":
            return money_text(Decimal(value), places)
        case "share":
            return percent_text(Decimal(value))
        case "ms":
            return duration_text(Decimal(value))
        case _ if value != int(value):
            return decimal_text(value, 1)
        case _:
            return count_text(int(value))
