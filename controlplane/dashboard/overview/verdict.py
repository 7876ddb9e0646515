"""Where does it end, against budget? The figures behind the first sentence, which agree."""

from dataclasses import dataclass
from decimal import Decimal

from billing.forecasts import Forecast
from billing.money import ZERO, rounded
from controlplane.budgets.models import OwnerType
from controlplane.budgets.monthly import MonthlyBudget, total_reserved
from controlplane.dashboard.numbers import about
from controlplane.dashboard.overview.figures import Figures
from controlplane.dashboard.overview.outlook import Outlook

SCOPES = {
    "customer": OwnerType.CUSTOMER,
    "team": OwnerType.TEAM,
    "virtual_key": OwnerType.VIRTUAL_KEY,
}


def scope_of(known: Figures, team_id: str | None) -> OwnerType | None:
    """Whose budgets hold for exactly what is shown; None where no budget does."""
    fields, chosen = known.filter.fields, known.filter
    if not chosen.period.is_month or chosen.cut is not None or fields.metadata:
        return None
    asked = set(fields.fields) - {"customer"}
    if not asked:
        return OwnerType.CUSTOMER if team_id is None else OwnerType.TEAM
    return SCOPES.get(asked.pop()) if len(asked) == 1 else None


@dataclass(frozen=True)
class Verdict:
    """What the first lines of the overview say. What depends on a forecast uses it as shown."""

    figures: Figures
    outlook: Outlook
    budgets: tuple[MonthlyBudget, ...]
    owners_spending: int
    spent_outside: Decimal

    @property
    def spent(self) -> Decimal:
        return self.figures.spent

    @property
    def spent_within(self) -> Decimal:
        """By owners that have a budget."""
        return self.spent - self.spent_outside

    @property
    def before(self) -> Decimal | None:
        summary = self.figures.before
        return None if summary is None else summary.total.cost_usd or ZERO

    @property
    def unpriced(self) -> int:
        return self.figures.now.total.unpriced_requests

    @property
    def limit(self) -> Decimal | None:
        return sum((each.limit_usd for each in self.budgets), ZERO) if self.budgets else None

    @property
    def reserved(self) -> Decimal:
        """Held for requests in flight, which only a window that is open can have."""
        return total_reserved(self.budgets) if self.figures.filter.is_open else ZERO

    @property
    def left(self) -> Decimal | None:
        """Spent within budget, reserved and left add up to the limit."""
        if self.limit is None:
            return None
        return self.limit - self.spent_within - self.reserved

    @property
    def is_partly_budgeted(self) -> bool:
        return bool(self.budgets) and self.owners_spending > len(self.budgets)

    @property
    def forecast(self) -> Forecast | None:
        found = self.outlook.forecast
        return found.rounded() if found else None

    @property
    def under(self) -> Decimal | None:
        """How far the end, as it is shown, is under the limit; negative: over it."""
        if self.limit is None:
            return None
        if self.figures.filter.is_open:
            return self.limit - self.forecast.expected_usd if self.forecast else None
        return self.limit - self.spent_within

    @property
    def over(self) -> Decimal | None:
        return None if self.under is None else -self.under

    @property
    def chance(self) -> str | None:
        """Of passing the budget, in whole per cent; nobody knows it better."""
        if self.limit is None or self.outlook.forecast is None:
            return None
        chance = Decimal(str(self.outlook.forecast.chance_above(self.limit))) * 100
        if chance < 1:
            return "under 1 %"
        return "over 99 %" if chance > 99 else f"{rounded(chance, 0)} %"

    @property
    def is_over(self) -> bool:
        return self.under is not None and self.under < 0

    @property
    def a_day(self) -> Decimal:
        """What a day of the period cost so far."""
        days = self.figures.filter.period.until(self.figures.filter.now).days
        return about(self.spent / days)
