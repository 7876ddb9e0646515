"""The price list in the database: filled once from its source, at the first start.

How much a model generates at most is not the source's knowledge but ours, and every release may
bring more of it: that is brought up to date at each start.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from django.db import connection, transaction

from billing.prices import COLUMNS, LongContext, Rates
from billing.prices import Price as Rated
from controlplane.catalog.models import Listing, Price
from controlplane.catalog.output_limits import max_output_tokens
from controlplane.catalog.price_source import SourceListing, listings

BATCH_SIZE = 1000


def load_price_list(source: Callable[[], Iterable[SourceListing]] = listings) -> int:
    """Fills an empty price list and answers with how many listings. One that exists stays as it is.

    Bringing it up to date is another matter: see `price_update`.
    """
    if Listing.objects.exists():
        return 0
    with transaction.atomic():
        lock_price_list()
        if Listing.objects.exists():
            return 0
        found = list(source())
        prices = (price_row(listing.id, price) for listing in found for price in listing.prices)
        insert(map(listing_row, found), prices)
    return len(found)


def update_output_limits() -> int:
    """Writes what our table says differently now, and answers with how many listings."""
    changed = []
    for row in Listing.objects.all():
        limit = _max_output_tokens(row)
        if row.max_output_tokens != limit:
            row.max_output_tokens = limit
            changed.append(row)
    return Listing.objects.bulk_update(changed, ["max_output_tokens"], BATCH_SIZE)


def lock_price_list() -> None:
    """Until the transaction ends, nobody else loads or updates the list; reading goes on."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE catalog_listing IN SHARE ROW EXCLUSIVE MODE")


def insert(listing_rows: Iterable[Listing], price_rows: Iterable[Price]) -> None:
    Listing.objects.bulk_create(listing_rows, batch_size=BATCH_SIZE)
    Price.objects.bulk_create(price_rows, batch_size=BATCH_SIZE)


def listing_row(source: SourceListing) -> Listing:
    return Listing(
        id=source.id,
        vendor=source.vendor,
        model_name=source.model_name,
        title=source.title,
        match=source.match,
        position=source.position,
        context_window_tokens=source.context_window_tokens,
        max_output_tokens=_max_output_tokens(source),
        is_deprecated=source.is_deprecated,
    )


def _max_output_tokens(listing: Listing | SourceListing) -> int | None:
    return max_output_tokens(listing.vendor, listing.model_name, listing.context_window_tokens)


def price_row(listing_id: str, price: Rated) -> Price:
    return Price(
        id=price.id,
        listing_id=listing_id,
        service_tier=price.service_tier,
        valid_from=price.valid_from,
        daily_from=price.daily_from,
        daily_until=price.daily_until,
        tiers=[_tier(tier, price.rates) for tier in price.long_context],
        **{COLUMNS[kind]: rate for kind, rate in price.rates.items()},
    )


def _tier(tier: LongContext, base: Rates) -> dict[str, int | str]:
    """A long-context tier as JSON; it names the rates that differ from the base."""
    differing = {kind: rate for kind, rate in tier.rates.items() if rate != base.get(kind)}
    rates = {COLUMNS[kind]: _text(rate) for kind, rate in differing.items()}
    return {"above_input_tokens": tier.above_input_tokens, **rates}


def _text(rate: Decimal) -> str:
    return format(rate.normalize(), "f")
