"""No price: models that were called within a day, cost money, and count for nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from billing.prices import price_at
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import Sighting
from controlplane.alerts.watching.days import cause_of_the_day
from controlplane.catalog.pricing import Offers
from controlplane.usage.troubles import Unpriced, used_without_price

AREA = "no-price/"
LOOK_BACK = timedelta(days=1)


def without_price(opened: Mapping[str, Alert], at: datetime) -> list[Sighting]:
    """Until a price is there, or nobody has called it for a day."""
    offers: dict[str, Offers] = {}
    found = []
    for each in used_without_price(at - LOOK_BACK, at):
        offer = offers.setdefault(each.provider_id, Offers(each.provider_id))
        if price_at(offer.prices(each.model), at, None) is None:
            found.append(_sighting(each, opened, at))
    return found


def _sighting(used: Unpriced, opened: Mapping[str, Alert], at: datetime) -> Sighting:
    model = used.model.removeprefix(f"{used.provider_id}/")
    name = f"{used.provider_id}/{model}"
    return Sighting(
        kind=Kind.NO_PRICE,
        severity=Severity.WARNING,
        cause=cause_of_the_day(f"{AREA}{name}", opened, at),
        title=f"Model {name} is used and has no price: what it costs is in no sum.",
        facts={"since_at_least": (at - LOOK_BACK).date().isoformat()},
        provider_id=used.provider_id,
        model_id=name[:300],
    )
