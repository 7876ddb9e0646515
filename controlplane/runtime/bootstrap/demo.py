"""The demo: a customer with a key and a budget, and providers that are our simulator."""

from decimal import Decimal

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.services import create_customer, create_team
from controlplane.budgets.models import Budget
from controlplane.budgets.services import create_budget
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import issue_key, rotate_key
from controlplane.runtime.bootstrap.access import Access
from controlplane.runtime.bootstrap.demo_providers import ensure_providers
from dataplane.contract.virtual_keys import hash_secret

CUSTOMER, TEAM, KEY = "demo", "demo-team", "demo-key"
BUDGET, LIMIT_USD = "demo-key-daily", Decimal(5)
OLD_KEY_GRACE_SECONDS = 24 * 3600


def ensure_demo(access: Access, simulator_url: str) -> None:
    """Creates what is missing and points the providers at where the simulator listens now."""
    ensure_providers(simulator_url)
    key = _ensure_key(access)
    if not Budget.objects.filter(id=BUDGET).exists():
        create_budget(id=BUDGET, name="Demo", owner=key, limit_usd=LIMIT_USD, window="day")


def _ensure_key(access: Access) -> VirtualKey:
    key = VirtualKey.objects.filter(id=KEY).first()
    if key is None:
        key, access.demo_key = _issue_key()
    elif not _is_known(access.demo_key):
        access.demo_key = rotate_key(key, grace_seconds=OLD_KEY_GRACE_SECONDS).secret
    return key


def _issue_key() -> tuple[VirtualKey, str]:
    customer = Customer.objects.filter(id=CUSTOMER).first()
    customer = customer or create_customer(id=CUSTOMER, name="Demo customer")
    team = Team.objects.filter(id=TEAM).first()
    team = team or create_team(id=TEAM, name="Demo team", customer=customer)
    return issue_key(id=KEY, name="Demo key", customer=customer, team=team)


def _is_known(secret: str | None) -> bool:
    return secret is not None and (
        VirtualKeySecret.objects.filter(virtual_key=KEY, secret_hash=hash_secret(secret)).exists()
    )
