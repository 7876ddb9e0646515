"""The demo's providers, one of each kind that the simulator speaks, and their priced models."""

from dataclasses import dataclass
from decimal import Decimal

from controlplane.catalog.custom_prices import create_price
from controlplane.catalog.models import Model, Provider
from controlplane.catalog.services import Alias, create_model, create_provider, update_provider
from controlplane.sealing import sealing_keys
from dataplane.contract.credentials import CredentialUnreadable

# The simulator asks for none, but a provider without a credential is one not set up yet.
CREDENTIAL = {"api_key": "simulator"}
# No vendor's: a name such as `claude-sonnet-4-6` shall never mean the simulator.
PRICE_LIST = "simulator"
# Served by all of them, the first most often; when one fails, by the others.
ALIAS = "demo-any"
FIRST_WEIGHT = 3
FAULTS = (
    *("fail-429", "fail-500", "fail-529", "refuse", "reset", "reset-mid-header"),
    *("stall", "stall-mid-stream", "garbage", "truncate", "error-mid-stream"),
)


@dataclass(frozen=True)
class DemoModel:
    """A model of the simulator, at a price that a few calls make visible."""

    name: str
    input_usd_per_mtok: Decimal = Decimal(10)
    output_usd_per_mtok: Decimal = Decimal(30)
    max_output_tokens: int | None = 1000
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True)
class DemoProvider:
    """One dialect of the simulator; `path` is where the kind expects its own paths to begin."""

    id: str
    name: str
    kind: str
    models: tuple[DemoModel, ...]
    path: str = ""
    region: str = ""
    project: str = ""


ECHO = DemoModel("echo", aliases=(ALIAS,))
EMBED = DemoModel("embed", Decimal(1), Decimal(0), None)
PROVIDERS = (
    DemoProvider(
        "demo",
        "Simulator",
        "openai_compatible",
        (
            DemoModel("echo", aliases=((ALIAS, FIRST_WEIGHT),)),
            EMBED,
            *(DemoModel(name) for name in FAULTS),
        ),
        path="/v1",
    ),
    DemoProvider("demo-anthropic", "Simulator of Anthropic", "anthropic", (ECHO,)),
    DemoProvider("demo-bedrock", "Simulator of Bedrock", "bedrock", (ECHO,), region="us-east-1"),
    DemoProvider("demo-gemini", "Simulator of Gemini", "gemini", (ECHO, EMBED)),
    DemoProvider(
        "demo-vertex",
        "Simulator of Vertex AI",
        "vertex",
        (ECHO,),
        region="us-central1",
        project="demo",
    ),
)
IDS = tuple(demo.id for demo in PROVIDERS)


def ensure_providers(simulator_url: str) -> None:
    """Creates what is missing, and points all at where the simulator listens now."""
    known = set(Model.objects.filter(provider__in=IDS).values_list("id", flat=True))
    for demo in PROVIDERS:
        provider = _ensure_provider(demo, f"{simulator_url}{demo.path}")
        for model in demo.models:
            if f"{provider.id}/{model.name}" not in known:
                _create_model(provider, model)


def retire_providers() -> None:
    """Without their simulator they have nobody to call."""
    for provider in Provider.objects.filter(id__in=IDS, is_active=True):
        update_provider(provider, is_active=False)


def _ensure_provider(demo: DemoProvider, base_url: str) -> Provider:
    provider = Provider.objects.filter(id=demo.id).first()
    if provider is None:
        return create_provider(
            id=demo.id,
            name=demo.name,
            kind=demo.kind,
            base_url=base_url,
            credential=CREDENTIAL,
            price_list=PRICE_LIST,
            region=demo.region,
            project=demo.project,
        )
    if not _opens(provider):
        provider = update_provider(provider, credential=CREDENTIAL)
    return update_provider(provider, base_url=base_url, is_active=True)


def _opens(provider: Provider) -> bool:
    """Not after the sealing key was lost; this one credential is no secret, and is sealed anew."""
    try:
        sealing_keys().open(bytes(provider.credential_sealed or b""), provider.id)
    except CredentialUnreadable:
        return False
    return True


def _create_model(provider: Provider, demo: DemoModel) -> None:
    model = create_model(
        provider=provider,
        upstream_model=demo.name,
        max_output_tokens=demo.max_output_tokens,
        aliases=demo.aliases,
    )
    create_price(
        model=model,
        input_usd_per_mtok=demo.input_usd_per_mtok,
        output_usd_per_mtok=demo.output_usd_per_mtok,
    )
