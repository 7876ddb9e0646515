"""What can go wrong with money, with the facts as attributes and no word of HTTP.

BillingError
├── BudgetExceeded    a hard budget of the path has no room for the reservation
├── ModelUnpriced     a hard budget binds and the model has no price
└── UsageMalformed    a provider's usage object that cannot be read
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


class BillingError(Exception):
    """Base of all errors about money."""


@dataclass
class BudgetExceeded(BillingError):
    """A hard budget of the path has no room for the reservation."""

    budget_id: str
    owner_type: str
    owner_id: str
    limit_usd: Decimal
    spent_usd: Decimal
    reserved_usd: Decimal
    requested_usd: Decimal
    window_end: datetime | None
    is_spent: bool
    """Whether the money is spent; else calls in flight have it reserved, and it may come back."""


@dataclass
class ModelUnpriced(BillingError):
    """A hard budget binds and the model has no price, so its cost could not be bounded."""

    model: str


class UsageMalformed(BillingError):
    """A provider's usage object that cannot be read."""
