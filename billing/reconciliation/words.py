"""Causes of differences in words, and what to do about each."""

from typing import NamedTuple

from billing.reconciliation.explaining import (
    CHARGES,
    MISSING,
    NOT_BILLED,
    OUTSIDE,
    PRICE,
    ROUNDING,
    UNPRICED,
)


class CauseWords(NamedTuple):
    """A title, what happened, and the next step."""

    title: str
    meaning: str
    next_step: str


WORDS = {
    OUTSIDE: CauseWords(
        "Traffic outside the gateway",
        "The provider bills usage that no request of the gateway explains.",
        "Look for credentials of this provider that services use directly, and rotate them.",
    ),
    MISSING: CauseWords(
        "Missing usage",
        "The provider bills calls of which the gateway never learned what they used: they broke "
        "off, or timed out.",
        "Look at these requests; shorter time-outs and fewer retries make them cheaper.",
    ),
    UNPRICED: CauseWords(
        "No price",
        "The gateway booked these requests without a cost, for their model has no price.",
        "Set the model's price from that day on.",
    ),
    PRICE: CauseWords(
        "Another price",
        "The same usage is billed at another price than it was booked at.",
        "Compare the model's price with the contract, and set the right one.",
    ),
    NOT_BILLED: CauseWords(
        "Booked, not billed",
        "The gateway booked usage that the bill does not have.",
        "See whether the file covers these days and this account, and whether usage was estimated.",
    ),
    CHARGES: CauseWords(
        "Charges beside tokens",
        "Searches, storage, fees, taxes, credits and discounts, which are no usage of a model.",
        "Nothing to do, if the contract has them.",
    ),
    ROUNDING: CauseWords(
        "Rounding",
        "No more than the rounding of the bill's own lines.",
        "Nothing to do.",
    ),
}
