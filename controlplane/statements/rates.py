"""Exchange rates by day, and the rounding of what is billed in a currency."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from controlplane import saving
from controlplane.errors import Conflict
from controlplane.fields import new_id
from controlplane.statements.models import ExchangeRate

USD = "USD"
ONE = Decimal(1)
# ISO 4217: currencies without a smaller unit in use.
WHOLE = frozenset({"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"})
WHOLE |= {"PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}


@dataclass(frozen=True, slots=True)
class Rate:
    """How much of a currency a US dollar is, and since when; dollars need no day."""

    currency: str
    per_usd: Decimal
    valid_from: date | None

    def amount(self, usd: Decimal) -> Decimal:
        """In the currency, rounded once, half up, to its smallest unit."""
        unit = ONE if self.currency in WHOLE else Decimal("0.01")
        return (usd * self.per_usd).quantize(unit, rounding=ROUND_HALF_UP)


@transaction.atomic
def publish_rate(*, currency: str, valid_from: date, per_usd: Decimal) -> ExchangeRate:
    """A rate from a day on. Statements that are closed keep theirs."""
    return saving.add(
        ExchangeRate(id=new_id("fx"), currency=currency, valid_from=valid_from, per_usd=per_usd)
    )


@transaction.atomic
def withdraw_rate(rate: ExchangeRate) -> None:
    saving.remove(rate)


def rate_on(currency: str, day: date) -> Rate:
    """The rate that holds on a day. Raises `Conflict` where none does."""
    if currency == USD:
        return Rate(USD, ONE, None)
    known = ExchangeRate.objects.filter(currency=currency, valid_from__lte=day)
    found = known.order_by("-valid_from").first()
    if found is None:
        raise Conflict("no_exchange_rate", f"There is no rate of {currency} for {day}.")
    return Rate(currency, found.per_usd, found.valid_from)
