"""Charges as FOCUS 1.2 (FinOps Open Cost and Usage Specification): CSV, empty where it says null.

A row is a request that cost something, charged in its hour (UTC). Requests that were refused, came
from a cache or failed for nothing are no charges; a request without a price has no cost that could
be stated and is left out, too. Tags are what the request's metadata says, as one flat JSON object.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from controlplane.accounts.models import Customer, Team
from controlplane.catalog.models import Provider
from controlplane.cells import CSV_TYPE, Cell, as_json, csv_lines
from controlplane.usage.models import UsageRecord

CONTENT_TYPE = CSV_TYPE
HOUR = timedelta(hours=1)
UNIT = "Tokens"

Names = Mapping[str, str]


class Charge:
    """A usage record, and the names of whom and what it was for."""

    def __init__(self, record: UsageRecord, names: Mapping[str, Names]) -> None:
        self.record = record
        self.customer = _named(names["customers"], record.customer_id)
        self.team = _named(names["teams"], record.team_id)
        self.provider = _named(names["providers"], record.provider)
        self.hour = record.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        self.tokens = record.input_tokens + record.output_tokens

    @property
    def month(self) -> datetime:
        return self.hour.replace(day=1, hour=0)

    @property
    def next_month(self) -> datetime:
        return (self.month + timedelta(days=32)).replace(day=1)

    @property
    def description(self) -> str:
        record = self.record
        return f"{record.model}: {record.input_tokens} tokens in, {record.output_tokens} out"


MANDATORY: dict[str, Callable[[Charge], Cell]] = {
    "BilledCost": lambda charge: charge.record.cost_usd,
    "BillingAccountId": lambda charge: charge.record.customer_id,
    "BillingAccountName": lambda charge: charge.customer,
    "BillingCurrency": lambda charge: "USD",
    "BillingPeriodEnd": lambda charge: _moment(charge.next_month),
    "BillingPeriodStart": lambda charge: _moment(charge.month),
    "ChargeCategory": lambda charge: "Usage",
    "ChargeClass": lambda charge: None,
    "ChargeDescription": lambda charge: charge.description,
    "ChargePeriodEnd": lambda charge: _moment(charge.hour + HOUR),
    "ChargePeriodStart": lambda charge: _moment(charge.hour),
    "ContractedCost": lambda charge: charge.record.cost_usd,
    "EffectiveCost": lambda charge: charge.record.cost_usd,
    "InvoiceIssuerName": lambda charge: charge.provider,
    "ListCost": lambda charge: charge.record.cost_usd,
    "PricingQuantity": lambda charge: charge.tokens,
    "PricingUnit": lambda charge: UNIT,
    "ProviderName": lambda charge: charge.provider,
    "PublisherName": lambda charge: charge.provider,
    "ServiceCategory": lambda charge: "AI and Machine Learning",
    "ServiceName": lambda charge: charge.provider,
}
MORE: dict[str, Callable[[Charge], Cell]] = {
    "BillingAccountType": lambda charge: "Customer",
    "ChargeFrequency": lambda charge: "Usage-Based",
    "ConsumedQuantity": lambda charge: charge.tokens,
    "ConsumedUnit": lambda charge: UNIT,
    "PricingCategory": lambda charge: "Standard",
    "PricingCurrency": lambda charge: "USD",
    "ResourceId": lambda charge: charge.record.virtual_key_id,
    "ResourceType": lambda charge: "Virtual key",
    "ServiceSubcategory": lambda charge: "Generative AI",
    "SkuId": lambda charge: charge.record.model,
    "SkuPriceId": lambda charge: charge.record.price_id,
    "SubAccountId": lambda charge: charge.record.team_id,
    "SubAccountName": lambda charge: charge.team,
    "SubAccountType": lambda charge: "Team" if charge.record.team_id else None,
    "Tags": lambda charge: as_json(_flat(charge.record.metadata)),
    "x_RequestId": lambda charge: charge.record.request_id,
}
# What nobody sells here: regions, commitments, reservations.
NEVER = (
    *("AvailabilityZone", "RegionId", "RegionName", "InvoiceId"),
    *("CapacityReservationId", "CapacityReservationStatus"),
    *("CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName"),
    *("CommitmentDiscountQuantity", "CommitmentDiscountStatus", "CommitmentDiscountType"),
    "CommitmentDiscountUnit",
)
COLUMNS = MANDATORY | MORE | dict.fromkeys(NEVER, lambda charge: None)


def encode(pages: Iterator[list[UsageRecord]]) -> Iterator[bytes]:
    """The header line, then the charges of each page."""
    yield csv_lines([list(COLUMNS)])
    names = {
        "customers": _names(Customer),
        "teams": _names(Team),
        "providers": _names(Provider),
    }
    for page in pages:
        charges = [Charge(record, names) for record in page if _is_charge(record)]
        yield csv_lines(_row(charge) for charge in charges)


def _row(charge: Charge) -> list[Cell]:
    return [column(charge) for column in COLUMNS.values()]


def _is_charge(record: UsageRecord) -> bool:
    return bool(record.cost_usd) and record.customer_id is not None and record.provider is not None


def _names(kind: type[Customer] | type[Team] | type[Provider]) -> Names:
    return dict(kind._default_manager.values_list("pk", "name"))


def _named(names: Names, id: str | None) -> str | None:
    """The name, or else the id, of what may be deleted by now."""
    return None if id is None else names.get(id) or id


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _flat(metadata: Mapping[str, Any]) -> dict[str, str | None]:
    """Values of tags are text, or null."""
    return {
        key: value if isinstance(value, str) or value is None else as_json(value)
        for key, value in metadata.items()
    }
