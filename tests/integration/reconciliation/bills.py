"""A provider with a priced model and three days of records, and files that bill them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from controlplane.catalog.models import Provider
from tests import builders, catalog

FIRST = datetime(2026, 10, 1, 12, tzinfo=UTC)
INTO, OUT = 1_000_000, 100_000
COST = Decimal("3.5")
HEAD = "Date,SKU,Net,Prompt,Completion\n"
MAPPING = {
    "day": "Date",
    "model": "SKU",
    "amount": "Net",
    "input_tokens": "Prompt",
    "output_tokens": "Completion",
}


def booked_days() -> Provider:
    """Three days of one request each, at USD 2.50 and 10 a million tokens; one without a price."""
    provider = catalog.provider(base_url="https://far.example/v1")
    catalog.priced_model(of=provider)
    booked = {"provider": "far", "model": "far/gpt-4o", "price_id": "far@1970-01-01"}
    booked |= {"input_tokens": INTO, "output_tokens": OUT, "cost_usd": COST}
    unpriced = {**booked, "model": "far/new", "price_id": None, "cost_usd": None}
    records = [{**booked, "at": FIRST + timedelta(days=number)} for number in range(3)]
    builders.usage_records([*records, {**unpriced, "at": FIRST}])
    return provider


def bill(*rows: str) -> bytes:
    return (HEAD + "".join(f"{row}\n" for row in rows)).encode()


AGREEING = tuple(f"2026-10-0{day},gpt-4o-2024-08-06,3.5,{INTO},{OUT}" for day in (1, 2, 3))
