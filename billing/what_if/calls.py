"""One call of the past, as far as a replay needs it."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from billing.tokens import Tokens


class PastCall(NamedTuple):
    """What was called and booked. `cost_usd` is None where the model had no price."""

    at: datetime
    owners: tuple[str | None, str | None, str | None]
    """Customer, team, virtual key."""
    model: str
    tokens: Tokens
    service_tier: str
    cost_usd: Decimal | None
    reserved_usd: Decimal
    price_id: str | None
    saved_usd: Decimal
    is_cache_hit: bool
    was_refused: bool
