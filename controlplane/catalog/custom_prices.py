"""Changes of prices that people set. They come before those of the price list."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from controlplane import saving
from controlplane.catalog.models import RATES, Model, Price
from controlplane.catalog.pricing import price_id
from controlplane.errors import Conflict, DomainError
from controlplane.usage.called_models import was_called
from controlplane.usage.models import UsageRecord


class PriceFields(TypedDict, total=False):
    name: str
    metadata: dict[str, Any]
    service_tier: str
    daily_from: time | None
    daily_until: time | None
    tiers: list[dict[str, Any]]
    input_usd_per_mtok: Decimal | None
    output_usd_per_mtok: Decimal | None
    cached_input_usd_per_mtok: Decimal | None
    cache_write_usd_per_mtok: Decimal | None
    cache_write_1h_usd_per_mtok: Decimal | None
    input_audio_usd_per_mtok: Decimal | None
    cached_input_audio_usd_per_mtok: Decimal | None
    output_audio_usd_per_mtok: Decimal | None
    input_image_usd_per_mtok: Decimal | None
    cached_input_image_usd_per_mtok: Decimal | None
    output_image_usd_per_mtok: Decimal | None
    input_video_usd_per_mtok: Decimal | None
    output_video_usd_per_mtok: Decimal | None
    output_reasoning_usd_per_mtok: Decimal | None
    request_usd_per_thousand: Decimal | None
    web_search_usd_per_thousand: Decimal | None


DESCRIPTION = frozenset({"name", "metadata"})


@transaction.atomic
def create_price(
    *,
    model: Model,
    valid_from: datetime | None = None,
    id: str | None = None,
    **fields: Unpack[PriceFields],
) -> Price:
    """A model's price from a date on; from now on unless it says when."""
    valid_from = valid_from or timezone.now().replace(microsecond=0)
    price = Price(model=model, valid_from=valid_from, **fields)
    price.id = id or _readable_id(price)
    _require_rates(price)
    _require_free_date(price)
    _require_open_months(price)
    return saving.add(price)


@transaction.atomic
def update_price(
    price: Price, *, valid_from: datetime | None = None, **changes: Unpack[PriceFields]
) -> Price:
    """A future price may change; one that has held is what bills were made of, and stays."""
    price = saving.lock(price)
    columns: dict[str, Any] = dict(changes)
    if valid_from is not None:
        columns["valid_from"] = valid_from
    changed = {name for name, value in columns.items() if getattr(price, name) != value}
    if changed:
        _require_editable(price, changed - DESCRIPTION)
    for name in changed:
        setattr(price, name, columns[name])
    _require_rates(price)
    _require_free_date(price)
    if "valid_from" in changed:
        _require_open_months(price)
    return saving.change(price, columns)


@transaction.atomic
def delete_price(price: Price) -> None:
    """Only a custom price that no usage record names."""
    _require_custom(price)
    used = UsageRecord.objects.filter(price_id=price.id, at__gte=price.valid_from)
    if used.exists():
        raise Conflict("price_used", "Usage records name this price: set another from now on.")
    saving.remove(price)


def _require_editable(price: Price, names: set[str]) -> None:
    """`names` are the fields that bills depend on."""
    _require_custom(price)
    if names and price.valid_from <= timezone.now():
        message = "A price that holds already is not edited: set another from a later date on."
        raise Conflict("price_in_force", message, {name: [message] for name in sorted(names)})


def _require_custom(price: Price) -> None:
    if price.listing_id is not None:
        raise Conflict("list_price", "This is the price list's: set a price of the model instead.")


def _require_rates(price: Price) -> None:
    if all(getattr(price, rate) is None for rate in RATES):
        message = "A price has at least one rate."
        raise DomainError("invalid", message, {"input_usd_per_mtok": [message]})
    if (price.daily_from is None) != (price.daily_until is None):
        message = "A price by time of day has both 'daily_from' and 'daily_until'."
        raise DomainError("invalid", message, {"daily_from": [message]})


def _require_free_date(price: Price) -> None:
    same = Price.objects.filter(
        model=price.model,
        service_tier=price.service_tier,
        valid_from=price.valid_from,
        daily_from=price.daily_from,
    )
    if price.model is not None and same.exclude(pk=price.pk).exists():
        message = "There is a price of this model from this date on."
        raise Conflict("already_exists", f"valid_from: {message}", {"valid_from": [message]})


def _require_open_months(price: Price) -> None:
    """A month that is over was billed: a price that comes later does not reach back into it."""
    month = timezone.now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if price.valid_from < month and was_called(price.model_id or "", price.valid_from, month):
        message = (
            "Calls of closed months would cost something else than was billed. "
            f"Set the price from {month:%Y-%m-%d} on, or later."
        )
        raise Conflict("closed_month", f"valid_from: {message}", {"valid_from": [message]})


def _readable_id(price: Price) -> str:
    """`openai/gpt-4o@2026-11-21/custom`: like those of the list, and marked as ours."""
    name = price_id(price.model_id or "", price.valid_from, price.service_tier, price.daily_from)
    return f"{name}/custom"
