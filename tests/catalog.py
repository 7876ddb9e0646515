"""Something to call: a provider at the fake upstream, a priced model there, a key that may."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from controlplane.catalog.models import Model, Price, Provider
from controlplane.keys.services import issue_key
from dataplane.contract.credentials import SealingKeys
from tests import builders

CREDENTIAL = "sk-upstream-credential-0123456789"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INPUT_USD_PER_MTOK = Decimal("2.50")
OUTPUT_USD_PER_MTOK = Decimal("10")


def provider(id: str = "far", *, base_url: str, **fields: Any) -> Provider:
    sealed = SealingKeys.parse(settings.SEALING_KEY).seal({"api_key": CREDENTIAL}, id)
    row = {"kind": "openai_compatible", "credential_sealed": sealed, **fields}
    return Provider.objects.create(id=id, base_url=base_url, **row)


def model(name: str = "gpt-4o", *, of: Provider, **fields: Any) -> Model:
    return Model.objects.create(
        id=f"{of.id}/{name}", provider=of, **{"upstream_model": name, **fields}
    )


def price(of: Model, **rates: Any) -> Price:
    usual = {
        "input_usd_per_mtok": INPUT_USD_PER_MTOK,
        "output_usd_per_mtok": OUTPUT_USD_PER_MTOK,
    }
    return Price.objects.create(
        id=f"{of.id}@1970-01-01", model=of, valid_from=EPOCH, **{**usual, **rates}
    )


def key(id: str = "vk-1", *, customer_id: str = "acme", **policy: Any) -> str:
    """A new key's secret."""
    return issue_key(id=id, customer=builders.customer(customer_id), **policy).secret


def priced_model(name: str = "gpt-4o", *, of: Provider, **rates: Any) -> Model:
    """A model and its price, which every process learns of at once."""
    with transaction.atomic():
        row = model(name, of=of)
        price(row, **rates)
    return row


def callable_model(name: str = "gpt-4o", *, base_url: str, **fields: Any) -> str:
    """A provider `far` with a priced model, and the secret of a key that may call it."""
    priced_model(name, of=provider(base_url=base_url, **fields))
    return key()
