"""How amounts and moments read in the sentence of an alert, and how urgent money is."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from controlplane.alerts.models import Severity

# USD that are spent too much, or at stake.
CRITICAL_USD = Decimal(100)
WARNING_USD = Decimal(10)


def by_money(amount_usd: Decimal) -> Severity:
    """Severity goes by the money that it is about, whatever the share."""
    if amount_usd >= CRITICAL_USD:
        return Severity.CRITICAL
    return Severity.WARNING if amount_usd >= WARNING_USD else Severity.INFO


def at_least_warning(amount_usd: Decimal) -> Severity:
    said = by_money(amount_usd)
    return Severity.WARNING if said == Severity.INFO else said


def money(amount_usd: Decimal) -> str:
    """`$1,234.50`; what is less than a cent is shown to six decimals."""
    places = 2 if amount_usd == 0 or abs(amount_usd) >= Decimal("0.01") else 6
    return f"${amount_usd:,.{places}f}"


def moment(at: datetime, timezone: str = "UTC") -> str:
    local = at.astimezone(ZoneInfo(timezone))
    return f"{local.day} {local:%b %Y, %H:%M} {timezone.replace('_', ' ')}"
