"""Limits on their way from the control plane's rows into the data plane's memory."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg.rows import dict_row

from controlplane.budgets.models import Shortfall
from controlplane.catalog.models import Listing, Price
from controlplane.keys.models import VirtualKeySecret
from dataplane.contract.credentials import SealingKeys
from dataplane.snapshot.loader import Connection, load_catalog, load_key
from dataplane.snapshot.model import Deployment
from dataplane.snapshot.resolve import resolve
from tests import builders, catalog

pytestmark = pytest.mark.usefixtures("database")


def loaded(database: str, name: str) -> Deployment:
    keys = SealingKeys.parse(settings.SEALING_KEY)
    snapshot = asyncio.run(_read(database, lambda connection: load_catalog(connection, keys)))
    (deployment,) = resolve(snapshot, name, ())
    return deployment


async def _read(database: str, load: Callable[[Connection], Awaitable[Any]]) -> Any:
    connect = psycopg.AsyncConnection.connect
    async with await connect(database, row_factory=dict_row) as connection:
        return await load(connection)


def offer(name: str, **fields: Any) -> Listing:
    row = {"model_name": name, "vendor": "openai", "match": {"equals": name}, "position": 0}
    listing = Listing.objects.create(id=f"openai/{name}", **{**row, **fields})
    Price.objects.create(
        id=f"openai/{name}@1970-01-01",
        listing=listing,
        valid_from=catalog.EPOCH,
        input_usd_per_mtok=Decimal(1),
    )
    return listing


def test_a_listed_model_has_the_limit_of_the_list(database: str):
    catalog.provider("openai", base_url="https://far.example/v1", price_list="openai")
    offer("gpt-4o", max_output_tokens=16_384)

    listed = loaded(database, "openai/gpt-4o")

    assert listed.output_tokens_max == 16_384
    assert listed.listings is not None
    assert listed.listings.find("gpt-4o")


@pytest.mark.parametrize(("own", "expected"), [(100, 100), (None, 16_384)])
def test_a_configured_model_has_its_own_limit_or_the_lists(
    database: str, own: int | None, expected: int
):
    provider = catalog.provider("openai", base_url="https://far.example/v1", price_list="openai")
    catalog.model("ours", of=provider, upstream_model="gpt-4o", max_output_tokens=own)
    offer("gpt-4o", max_output_tokens=16_384)

    configured = loaded(database, "openai/ours")

    assert configured.output_tokens_max == expected
    assert [price.id for price in configured.prices] == ["openai/gpt-4o@1970-01-01"]


@pytest.mark.parametrize("shortfall", Shortfall)
def test_a_key_knows_which_of_its_budgets_fit(database: str, shortfall: Shortfall):
    catalog.key()
    builders.budget(shortfall=shortfall)
    secret_hash = VirtualKeySecret.objects.get().secret_hash

    key = asyncio.run(_read(database, lambda connection: load_key(connection, secret_hash)))

    assert key is not None
    assert [budget.fits_output for budget in key.budgets] == [shortfall == Shortfall.FIT]
