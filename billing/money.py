"""Money is a `Decimal` of US dollars with at most twelve decimals, and never a float.

Twelve decimals hold one token at the smallest price in use (USD per million tokens with six
decimals) without rounding, so a cost is exact unless a price has more than six decimals.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

QUANTUM = Decimal("0.000000000001")
ZERO = Decimal(0)
FORMATTED_MAX = 4096  # the same calls cost the same amounts
USD_MAX = Decimal("999999999999")  # what NUMERIC(24, 12) holds
CENTS = 2
MINUS = "−"


def parse_usd(value: str | int | Decimal) -> Decimal:
    """An exact, finite amount from its decimal string. Raises `ValueError` otherwise."""
    if isinstance(value, float | bool):
        raise ValueError("money is a decimal string, not a float")
    try:
        amount = Decimal(value)
    except (InvalidOperation, TypeError) as error:
        raise ValueError("not a decimal amount") from error
    if not amount.is_finite() or amount.copy_abs() > USD_MAX:
        raise ValueError("not a finite amount of money")
    return amount


def settle_round(amount: Decimal) -> Decimal:
    """The one rounding there is: half up to twelve decimals, at settlement."""
    return amount.quantize(QUANTUM, rounding=ROUND_HALF_UP)


@lru_cache(maxsize=FORMATTED_MAX)
def format_usd(amount: Decimal) -> str:
    """A plain decimal string, at least two decimals: `0.008289`, `200.00`, never `2E+2`."""
    text = f"{settle_round(amount):f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    if whole == "-0" and not fraction:
        whole = "0"
    return f"{whole}.{fraction.ljust(2, '0')}"


def rounded(amount: Decimal, places: int = CENTS) -> Decimal:
    """Half up to so many decimals: for whoever reads an amount, never for the books."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def amount_text(amount: Decimal, places: int = CENTS, *, symbol: str = "") -> str:
    """As people read an amount: `1,234.50`, `−$3.10`; what rounds to zero has no sign."""
    shown = rounded(amount, places)
    return f"{MINUS if shown < 0 else ''}{symbol}{abs(shown):,f}"
