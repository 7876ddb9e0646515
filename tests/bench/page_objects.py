"""What usage records belong to (`page_records.py`): owners, offers, budgets, alerts, members."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice

from django.db import connection
from django.db.models import QuerySet

from controlplane.accounts.models import Customer, Member, Team
from controlplane.accounts.services import create_customer, create_team
from controlplane.alerts.services import open_alert
from controlplane.budgets.limit_changes import change_limit
from controlplane.budgets.models import Budget
from controlplane.budgets.services import NewBudget, Owner, create_budgets
from controlplane.catalog.price_list import load_price_list
from controlplane.catalog.services import create_model, create_provider
from controlplane.dashboard.models import SavedView
from controlplane.keys.models import VirtualKey
from controlplane.keys.services import NewKey, issue_keys
from controlplane.statements.months import Month
from controlplane.statements.services import close_month
from controlplane.usage.models import UsageRecord
from tests.bench.output import say
from tests.bench.page_records import CUSTOMERS, KEYS, MODELS, TEAMS

KINDS = {"google": "gemini", "mistral": "openai_compatible"}
ZONES = ("UTC", "UTC", "UTC", "Europe/Berlin", "Asia/Kolkata")
ALERTS, CHANGES = 300, 20
LIMITS: dict[type[Owner], Decimal] = {
    Customer: Decimal(100),
    Team: Decimal(20),
    VirtualKey: Decimal(2),
}

# What the budgets' windows have spent, as the ledger would have booked it.
SPENT = """
WITH spent AS (
    SELECT customer_id, team_id, virtual_key_id, sum(cost_usd) AS cost_usd
    FROM usage_rollup JOIN usage_facet ON id = facet_id
    WHERE usage_rollup.by_key AND hour >= date_trunc('month', %(now)s, 'UTC')
    GROUP BY GROUPING SETS ((customer_id), (team_id), (virtual_key_id))
)
INSERT INTO budgets_balance (budget_id, period, window_start, window_end, spent_usd, reserved_usd)
SELECT budget.id, 'month', date_trunc('month', %(now)s, 'UTC'),
       date_trunc('month', %(now)s, 'UTC') + interval '1 month', cost_usd, 0
FROM budgets_budget budget JOIN spent
  ON spent.customer_id = budget.customer_id OR spent.team_id = budget.team_id
  OR spent.virtual_key_id = budget.virtual_key_id
WHERE budget."window" = 'month' AND budget.timezone = 'UTC'
"""


def create_owners() -> None:
    customers = [
        create_customer(id=f"customer-{n}", name=f"Customer {n}", timezone=ZONES[n % len(ZONES)])
        for n in range(CUSTOMERS)
    ]
    teams = [
        create_team(id=f"team-{n}", name=f"Team {n}", customer=customers[n % CUSTOMERS])
        for n in range(TEAMS)
    ]
    issue_keys(
        [
            NewKey(id=f"key-{n}", customer=customers[n % CUSTOMERS], team=teams[n % TEAMS])
            for n in range(KEYS)
        ]
    )


def create_offers() -> None:
    load_price_list()
    providers = {}
    for model in MODELS:
        vendor, _, name = model.partition("/")
        if vendor not in providers:
            kind = KINDS.get(vendor, vendor)
            providers[vendor] = create_provider(
                id=vendor, kind=kind, base_url="https://models.example", region="eu-central-1"
            )
        create_model(provider=providers[vendor], upstream_model=name)


def create_some_budgets(many: int, now: datetime) -> None:
    """Of all customers and teams, then of keys: once each, and then once more by day, and so on."""
    create_budgets(list(islice(_budgets(), many)))
    with connection.cursor() as cursor:
        cursor.execute(SPENT, {"now": now})
    rows: QuerySet[Budget] = Budget.objects.filter(window="month", timezone="UTC")
    for budget in rows.order_by("id")[:CHANGES]:
        change_limit(budget=budget, amount_usd=Decimal(5), reason="More is needed.", by="bench")


def _budgets() -> Iterator[NewBudget]:
    kinds: tuple[type[Owner], ...] = (Customer, Team, VirtualKey)
    turns = cycle(range(1, 8))
    for window in ("month", "day", "week", "30d", "lifetime"):
        for kind in kinds:
            for owner in kind._default_manager.order_by("pk"):
                yield NewBudget(
                    id=f"{owner.pk}-{window}",
                    owner=owner,
                    limit_usd=LIMITS[kind] * next(turns),
                    window=window,
                    timezone="UTC",
                )


def create_the_rest(now: datetime) -> dict[str, str]:
    """Alerts, a closed month, a view, members; answers ids of objects that pages are about."""
    for number in range(ALERTS):
        opened = open_alert(
            at=now - timedelta(hours=number),
            kind="unusual",
            severity="warning",
            cause=f"unusual:key-{number}",
            title=f"Key {number} spends more than usual.",
            facts={},
            customer_id=f"customer-{number % CUSTOMERS}",
            team_id=f"team-{number % TEAMS}",
            virtual_key_id=f"key-{number}",
        )
    first = (now.replace(day=1) - timedelta(days=62)).replace(day=1)
    customer = Customer.objects.get(id="customer-0")
    closed = close_month(customer=customer, month=Month.of(first, customer.timezone), by="bench")
    administrator = Member.objects.create_superuser("administrator", role="admin")
    Member.objects.create_user("bound", role="finance", customer_id="customer-0")
    SavedView.objects.create(
        id="view", owner=administrator, name="Mine", page="explore", query="by=model"
    )
    say("What records belong to is there.")
    return {**OBJECTS, "alert": opened.alert.pk, "month": closed.month}


OBJECTS = {
    "customer": "customer-0",
    "team": "team-0",
    "key": "key-0",
    "budget": "customer-0-month",
    "model": MODELS[0],
}
VIEWERS = ("administrator", "bound")


def newest() -> str:
    """The id of the newest request of the customer that pages are about."""
    return UsageRecord.objects.filter(customer_id=OBJECTS["customer"]).latest("at").request_id
