"""What a past call would have cost at another price.

What is booked stays, and what its tokens cost at the price it was booked at is exchanged for what
they would cost: so the same price gives the same cost to the last digit, and whatever else a cost
holds (an attempt that failed, another model's searches) stays in it.
"""

from decimal import Decimal

from billing.costs import EXACT, total_of
from billing.prices import Price
from billing.what_if.calls import PastCall


def repriced(call: PastCall, before: Price | None, after: Price | None) -> Decimal | None:
    """The cost at `after`; None where that is unknown.

    `before` is the price it was booked at. Where that is not known, all of the cost is computed.
    """
    if after is None:
        return None
    would_be = total_of(call.tokens, after)
    if call.cost_usd is None or before is None:
        return would_be
    if before is after:
        return call.cost_usd
    change = EXACT.subtract(would_be, total_of(call.tokens, before))
    return EXACT.add(call.cost_usd, change)
