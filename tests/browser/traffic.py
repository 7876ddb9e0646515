"""A few weeks of traffic of two customers, for pages to have something to show."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests import builders

HOSTILE = "<script>alert('name')</script>"


def make_traffic(days: int = 40) -> None:
    """Acme spends most, and yesterday more than ever; Rival has a hostile name."""
    now = datetime.now(UTC)
    builders.customer("acme", name="Acme Corp")
    builders.customer("rival", name=HOSTILE)
    builders.virtual_key("vk-1", customer_id="acme", name="Assistant")
    builders.virtual_key("vk-2", customer_id="rival", name=HOSTILE)
    builders.budget("acme-month", limit_usd=Decimal(1000))
    builders.usage_records(
        [
            {
                "at": now - timedelta(days=day, minutes=5),
                "customer_id": owner,
                "virtual_key_id": key,
                "model": f"openai/{model}",
                "cost_usd": Decimal(cost) * (5 if (day, owner) == (1, "acme") else 1),
                "metadata": {"code": f"B-{day % 3}"},
            }
            for day in range(days)
            for owner, key, cost in (("acme", "vk-1", "3.21"), ("rival", "vk-2", "1.07"))
            for model in ("gpt-4o", "gpt-4o-mini")
        ]
    )
