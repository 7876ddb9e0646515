"""The demo: a customer with a key, a budget, and a provider that is our simulator."""

from dataclasses import dataclass
from decimal import Decimal

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.services import create_customer, create_team
from controlplane.budgets.models import Budget
from controlplane.budgets.services import create_budget
from controlplane.catalog.credentials import sealing_keys
from controlplane.catalog.custom_prices import create_price
from controlplane.catalog.models import Model, Provider
from controlplane.catalog.services import create_model, create_provider, update_provider
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.keys.services import issue_key, rotate_key
from controlplane.runtime.bootstrap.access import Access
from dataplane.contract.credentials import CredentialUnreadable
from dataplane.contract.virtual_keys import hash_secret

CUSTOMER, TEAM, KEY, PROVIDER = "demo", "demo-team", "demo-key", "demo"
BUDGET, LIMIT_USD = "demo-key-daily", Decimal(5)
OLD_KEY_GRACE_SECONDS = 24 * 3600
# The simulator asks for none, but a provider without a credential is one not set up yet.
CREDENTIAL = {"api_key": "simulator"}


@dataclass(frozen=True)
class DemoModel:
    """A model of the simulator, at a price that a few calls make visible."""

    name: str
    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    max_output_tokens: int | None


MODELS = (
    DemoModel("echo", Decimal(10), Decimal(30), 1000),
    DemoModel("embed", Decimal(1), Decimal(0), None),
)


def ensure_demo(access: Access, base_url: str) -> None:
    """Creates what is missing and points the provider at where the simulator listens now."""
    provider = _ensure_provider(base_url)
    for model in MODELS:
        _ensure_model(provider, model)
    key = _ensure_key(access)
    if not Budget.objects.filter(id=BUDGET).exists():
        create_budget(id=BUDGET, name="Demo", owner=key, limit_usd=LIMIT_USD, window="day")


def retire_demo() -> None:
    """Without its simulator the provider has nobody to call."""
    for provider in Provider.objects.filter(id=PROVIDER, is_active=True):
        update_provider(provider, is_active=False)


def _ensure_provider(base_url: str) -> Provider:
    provider = Provider.objects.filter(id=PROVIDER).first()
    if provider is None:
        return create_provider(
            id=PROVIDER,
            name="Simulator",
            kind="openai_compatible",
            base_url=base_url,
            credential=CREDENTIAL,
        )
    if not _opens(provider):
        provider = update_provider(provider, credential=CREDENTIAL)
    return update_provider(provider, base_url=base_url, is_active=True)


def _opens(provider: Provider) -> bool:
    """Not after the sealing key was lost; this one credential is no secret, and is sealed anew."""
    try:
        sealing_keys().open(bytes(provider.credential_sealed or b""), PROVIDER)
    except CredentialUnreadable:
        return False
    return True


def _ensure_model(provider: Provider, demo: DemoModel) -> None:
    if Model.objects.filter(id=f"{PROVIDER}/{demo.name}").exists():
        return
    model = create_model(
        provider=provider, upstream_model=demo.name, max_output_tokens=demo.max_output_tokens
    )
    create_price(
        model=model,
        input_usd_per_mtok=demo.input_usd_per_mtok,
        output_usd_per_mtok=demo.output_usd_per_mtok,
    )


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
