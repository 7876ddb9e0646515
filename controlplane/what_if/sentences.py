"""An answer in words, from its JSON."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from billing.because import signed_usd

CENT = Decimal("0.01")


def sentences(answer: Mapping[str, Any]) -> Iterator[str]:
    """What changes, which requests would have been refused, what a cache may have saved."""
    difference = Decimal(answer["difference_usd"])
    days = f"{_day(answer['first_day'])} to {_day(answer['last_day'])}"
    booked, would_be = (_usd(answer[name]) for name in ("booked_usd", "would_be_usd"))
    if difference:
        yield f"{days} would have cost {would_be} instead of {booked} ({signed_usd(difference)})."
    else:
        yield f"{days} would have cost the same: {booked}."
    if answer["unknown"]:
        yield f"{answer['unknown']:,} requests would have no known cost, and count as booked."
    if answer["priced_now"]:
        yield f"{answer['priced_now']:,} requests that had no price would have one."
    if refused := answer["refused"]:
        yield from _refused(refused)
    if cache := answer["cache"]:
        yield from _cache(cache)


def _refused(refused: Mapping[str, Any]) -> Iterator[str]:
    if refused["requests"]:
        yield (
            f"{refused['requests']:,} requests of {refused['keys']:,} keys would have been "
            f"refused, the first at {refused['first_at']}; they cost {_usd(refused['booked_usd'])}."
        )
    else:
        yield "No request would have been refused."
    if refused["refused_then"]:
        yield f"{refused['refused_then']:,} were refused then, and are in neither sum."


def _cache(cache: Mapping[str, Any]) -> Iterator[str]:
    saved, proven = (Decimal(cache[name]) for name in ("saved_usd", "proven_saved_usd"))
    if saved:
        told = "all of it proven" if proven == saved else f"{_usd(proven)} of it proven"
        yield (
            f"A semantic cache at {cache['threshold']} may have saved about {_usd(saved)}, {told}."
        )
    else:
        yield "Nothing is known of what a semantic cache would have saved."
    if cache["keys_without_evidence"]:
        yield (
            f"{cache['keys_without_evidence']:,} keys have no evidence: a key with cache.mode "
            "semantic gathers it in the shadow, and serves nothing until it is proven."
        )


def _usd(text: Any) -> str:
    amount = Decimal(text)
    places = CENT if not amount or abs(amount) >= CENT else Decimal("0.000001")
    return f"${amount.quantize(places):,}"


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b %Y}"
