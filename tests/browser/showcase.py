"""The demo's traffic, with what is awkward beside it: names too long, scripts as names, a closed
month, alerts that are open."""

from datetime import UTC, datetime, timedelta

from tests import postgres
from tests.browser.traffic import HOSTILE

LONG = "Gesellschaft für außerordentlich ausführliche Bezeichnungen mit beschränkter Haftung " * 2
KEY = "vk_acme-assistant_chat_prod"
DAYS, REQUESTS = 40, 1200


def make_showcase(database_url: str) -> dict[str, str]:
    """Writes it into an emptied database; returns what the paths of pages name."""
    from controlplane.accounts.models import Customer, Team
    from controlplane.alerts.models import Alert
    from controlplane.alerts.watching import watches
    from controlplane.demo_data.demo import write_demo_data
    from controlplane.keys.models import VirtualKey
    from controlplane.usage.models import UsageRecord

    postgres.empty(database_url)
    now = datetime.now(UTC)
    write_demo_data(DAYS, REQUESTS, seed=1, now=now)
    Customer.objects.filter(id="globex").update(name=HOSTILE)
    Team.objects.filter(id="acme-data").update(name=LONG.strip())
    VirtualKey.objects.filter(id="vk_acme-search_search_prod").update(name=HOSTILE)
    watches.watch_budgets(now)
    answered = UsageRecord.objects.filter(virtual_key_id=KEY, status=200).latest("at")
    return {
        "customer": "acme_corp",
        "team": "acme-assistant",
        "key": KEY,
        "budget": "acme_corp-month",
        "model": "openai/gpt-4o",
        "request": answered.request_id,
        "alert": Alert.objects.exclude(budget_id=None).latest("opened_at").pk,
        "month": _close_last_month(now),
    }


def _close_last_month(now: datetime) -> str:
    from controlplane.accounts.models import Customer
    from controlplane.statements.months import Month
    from controlplane.statements.services import close_month

    month = Month.of(now.replace(day=1) - timedelta(days=1), "UTC")
    close_month(customer=Customer.objects.get(id="acme_corp"), month=month, by="demo")
    return str(month)
