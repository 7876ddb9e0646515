"""Bringing the price list up to date with its source, without touching the past.

Prices are only ever added. A model whose price the source has changed gets the new one from now on,
or from the later date that the source names: what was billed keeps the price it was billed at, also
where the source learned of a change late. Models the list did not know come with all their dates.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from billing.prices import STANDARD
from billing.prices import Price as Rated
from controlplane.catalog.models import Listing, Price
from controlplane.catalog.price_list import insert, listing_row, lock_price_list, price_row
from controlplane.catalog.price_source import SourceListing
from controlplane.catalog.pricing import price_id

KEPT_CURRENT = (
    "title",
    "match",
    "position",
    "context_window_tokens",
    "max_output_tokens",
    "is_deprecated",
)
# Vanished listings are asked last, so that they do not stand before what replaced them.
BEHIND_ALL_OTHERS = 1_000_000
BATCH_SIZE = 500
SECOND = timedelta(seconds=1)


@dataclass
class Update:
    """What an update writes."""

    added: list[Listing] = field(default_factory=list)
    changed: list[Listing] = field(default_factory=list)
    vanished: list[Listing] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)


@transaction.atomic
def update_price_list(
    source: Iterable[SourceListing], *, now: datetime, dry_run: bool = False
) -> Update:
    """Writes what differs from the source, or only tells it."""
    lock_price_list()
    update = _plan(source, now.replace(microsecond=0))
    if not dry_run:
        insert(update.added, update.prices)
        outdated = [*update.changed, *update.vanished]
        Listing.objects.bulk_update(outdated, KEPT_CURRENT, BATCH_SIZE)
    return update


def _plan(source: Iterable[SourceListing], now: datetime) -> Update:
    update = Update()
    known = {listing.id: listing for listing in Listing.objects.all()}
    prices = _known_prices()
    for listing in source:
        row = known.pop(listing.id, None)
        if row is None:
            update.added.append(listing_row(listing))
            new: Iterable[Rated] = listing.prices
        else:
            if _bring_up_to_date(row, listing_row(listing)):
                update.changed.append(row)
            new = new_prices(listing.id, prices[listing.id], listing.prices, now)
        update.prices += [price_row(listing.id, price) for price in new]
    update.vanished = [row for row in known.values() if _retire(row)]
    return update


def _known_prices() -> dict[str, list[Rated]]:
    prices: dict[str, list[Rated]] = defaultdict(list)
    for row in Price.objects.filter(listing__isnull=False).values():
        prices[row["listing_id"]].append(Rated.from_row(row))
    return prices


def _bring_up_to_date(row: Listing, source: Listing) -> bool:
    """Whether anything about the listing, its prices apart, has changed."""
    changes = {
        name: getattr(source, name)
        for name in KEPT_CURRENT
        if getattr(source, name) != getattr(row, name)
    }
    for name, value in changes.items():
        setattr(row, name, value)
    return bool(changes)


def _retire(row: Listing) -> bool:
    """Whether a listing that the source has no more still counted as current."""
    if row.position >= BEHIND_ALL_OTHERS:
        return False
    row.is_deprecated = True
    row.position += BEHIND_ALL_OTHERS
    return True


def new_prices(
    listing_id: str, known: Sequence[Rated], source: Sequence[Rated], now: datetime
) -> list[Rated]:
    """The prices to add so that, from now on, the known ones say what the source says."""
    every = [*known, *source]
    tiers = {price.service_tier for price in every}
    dates = {now} | {price.valid_from for price in every if price.valid_from > now}
    added: list[Rated] = []
    for moment in sorted(dates):
        for tier in sorted(tiers):
            wanted = _in_force(source, tier, moment)
            if wanted and _terms(wanted) != _terms(_in_force([*known, *added], tier, moment)):
                date = _free_date([*known, *added], tier, moment)
                added += [_dated(listing_id, price, tier, date) for price in wanted]
    return added


def _in_force(prices: Iterable[Rated], tier: str, moment: datetime) -> list[Rated]:
    """The newest prices of a tier, for all hours of the day; standard ones if it has none."""
    begun = [price for price in prices if price.valid_from <= moment]
    of_tier = [price for price in begun if price.service_tier == tier]
    if not of_tier:
        of_tier = [price for price in begun if price.service_tier == STANDARD]
    newest = max((price.valid_from for price in of_tier), default=None)
    return [price for price in of_tier if price.valid_from == newest]


def _terms(prices: Iterable[Rated]) -> list[Any]:
    """What prices amount to, whatever their dates and names."""
    by_hour = sorted(
        prices, key=lambda price: (price.daily_from is not None, price.daily_from or time.min)
    )
    return [(p.daily_from, p.daily_until, p.rates, p.long_context) for p in by_hour]


def _free_date(prices: Iterable[Rated], tier: str, moment: datetime) -> datetime:
    """The moment, or the first second after it at which no other price of the tier begins."""
    taken = {price.valid_from for price in prices if price.service_tier == tier}
    while moment in taken:
        moment += SECOND
    return moment


def _dated(listing_id: str, price: Rated, tier: str, date: datetime) -> Rated:
    name = price_id(listing_id, date, tier, price.daily_from)
    return replace(price, id=name, valid_from=date, service_tier=tier)
