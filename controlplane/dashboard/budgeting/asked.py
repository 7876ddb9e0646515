"""A change of a limit as the form asks for it, read strictly, nothing that was typed lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.money import format_usd
from billing.periods import rolling_length
from controlplane.budgets.models import REASON_LENGTH_MAX
from controlplane.budgets.standing import Standing, last_day
from controlplane.dashboard.amounts import read_amount
from controlplane.validators import is_storable

LEND, RAISE, LOWER, LIMIT = "lend:", "raise", "lower", "limit"
DAY = timedelta(days=1)
FIELDS = ("how", "amount", "until", "reason", "version")
FORESEEABLE_DAYS = 3660


@dataclass(frozen=True)
class Asked:
    """What the fields hold, what they mean, and what is wrong with them by field."""

    how: str
    texts: Mapping[str, str]
    lender: Standing | None = None
    amount_usd: Decimal | None = None
    ends_at: datetime | None = None
    """None: when the window ends, or never where it has no end."""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return self.texts["reason"].strip()

    @property
    def is_limit(self) -> bool:
        return self.how == LIMIT

    def limit_of(self, standing: Standing) -> Decimal | None:
        """The limit in force if this were done; None while nothing can be said."""
        if self.amount_usd is None:
            return None
        now = standing.balance.limit_usd
        match self.how:
            case "limit":
                return self.amount_usd + standing.changed_usd
            case "lower":
                return now - self.amount_usd
            case _:
                return now + self.amount_usd


def read(
    given: Mapping[str, str], standing: Standing, lenders: Sequence[Standing], at: datetime
) -> Asked:
    """From a form, or from a URL that opens one."""
    texts = {name: given.get(name, "") for name in FIELDS}
    errors: dict[str, str] = {}
    how, lender = _how(texts["how"], lenders, errors)
    texts["how"] = how
    texts["until"] = texts["until"] or _usual_end(standing)
    amount = _amount(texts["amount"], how, standing, lender, errors)
    ends_at = None if how == LIMIT else _end(texts["until"], standing, at, errors)
    _require_reason(texts["reason"], errors)
    return Asked(how, texts, lender, amount, ends_at, errors)


def _how(
    text: str, lenders: Sequence[Standing], errors: dict[str, str]
) -> tuple[str, Standing | None]:
    if text in (RAISE, LOWER, LIMIT):
        return text, None
    if text.startswith(LEND):
        found = next((each for each in lenders if each.budget.id == text[len(LEND) :]), None)
        if found is not None:
            return text, found
        errors["how"] = "There is no such budget to lend from."
    return RAISE, None


def _amount(
    text: str, how: str, standing: Standing, lender: Standing | None, errors: dict[str, str]
) -> Decimal | None:
    amount = read_amount(text)
    if amount is None:
        errors["amount"] = "Type an amount in US dollars, such as 1,500.00."
    elif not amount and how != LIMIT:
        errors["amount"] = "Must be more than 0."
    elif lender is not None and amount > lender.balance.remaining_usd:
        left = format_usd(lender.balance.remaining_usd)
        errors["amount"] = f"The lender has {left} USD left, and cannot lend more."
    elif how == LOWER and amount > standing.balance.limit_usd:
        limit = format_usd(standing.balance.limit_usd)
        errors["amount"] = f"The limit is {limit} USD, and cannot be lowered by more."
    else:
        return amount
    return None


def _usual_end(standing: Standing) -> str:
    """The window's last day; of one that rolls or never ends, none."""
    end, budget = standing.balance.window_end, standing.budget
    if end is None or rolling_length(budget.window) is not None:
        return ""
    return last_day(end, budget.timezone).isoformat()


def _end(text: str, standing: Standing, at: datetime, errors: dict[str, str]) -> datetime | None:
    """The end of that day where the budget is; None where it is the window's own."""
    if text == _usual_end(standing):
        if not text and not standing.is_lifetime:
            errors["until"] = "Choose a day: a rolling window has no end."
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors["until"] = "Must be a day like 2026-11-30."
        return None
    zone = ZoneInfo(standing.budget.timezone)
    today = at.astimezone(zone).date()
    if not today <= day <= today + FORESEEABLE_DAYS * DAY:
        errors["until"] = "Must be today or a later day, within ten years."
        return None
    following = day + DAY
    midnight = datetime(following.year, following.month, following.day, tzinfo=zone)
    return midnight.astimezone(UTC)


def _require_reason(text: str, errors: dict[str, str]) -> None:
    if not text.strip():
        errors["reason"] = "Say why: it is kept with the change."
    elif len(text) > REASON_LENGTH_MAX or not is_storable(text):
        errors["reason"] = f"Must be text of at most {REASON_LENGTH_MAX} characters."
