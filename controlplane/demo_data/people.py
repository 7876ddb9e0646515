"""Customers, their teams, and the services that call with keys of their own."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a kind of service asks for: medians of tokens, and shares of calls."""

    name: str
    title: str
    rhythm: str
    calls: float
    models: tuple[tuple[str, float], ...]
    input_tokens: int
    output_tokens: int
    endpoint: str = "chat/completions"
    streamed: float = 0.0
    prompt_cached: float = 0.0
    cache: str = "off"
    cache_hits: float = 0.0
    fallback: str | None = None


GPT, MINI = "openai/gpt-4o", "openai/gpt-4o-mini"
SONNET, HAIKU = "anthropic/claude-sonnet-4-6", "anthropic/claude-haiku-4-5"
OPUS = "anthropic/claude-opus-4-6"
BEDROCK_SONNET, NOVA = "bedrock/anthropic.claude-sonnet-4-6", "bedrock/amazon.nova-pro"
FLASH, LLAMA = "gemini/gemini-2.5-flash", "own-cluster/llama-4-maverick"
EMBEDDING = "openai/text-embedding-3-small"

SERVICES = {
    service.name: service
    for service in (
        Service(
            name="chat",
            title="Chat",
            rhythm="office",
            calls=10,
            models=((GPT, 6), (SONNET, 4)),
            input_tokens=6500,
            output_tokens=600,
            streamed=0.92,
            prompt_cached=0.5,
            fallback=BEDROCK_SONNET,
        ),
        Service(
            name="agent",
            title="Coding agent",
            rhythm="office",
            calls=5,
            models=((SONNET, 7), (OPUS, 2), (HAIKU, 1)),
            input_tokens=70000,
            output_tokens=1800,
            endpoint="messages",
            streamed=1.0,
            prompt_cached=0.8,
            fallback=BEDROCK_SONNET,
        ),
        Service(
            name="search",
            title="Search",
            rhythm="always",
            calls=9,
            models=((MINI, 5), (EMBEDDING, 5)),
            input_tokens=2400,
            output_tokens=180,
            cache="semantic",
            cache_hits=0.24,
            fallback=FLASH,
        ),
        Service(
            name="support",
            title="Support bot",
            rhythm="always",
            calls=8,
            models=((HAIKU, 7), (MINI, 3)),
            input_tokens=9000,
            output_tokens=380,
            streamed=0.6,
            prompt_cached=0.4,
            cache="exact",
            cache_hits=0.11,
            fallback=NOVA,
        ),
        Service(
            name="documents",
            title="Document reader",
            rhythm="office",
            calls=3,
            models=((GPT, 4), (FLASH, 6)),
            input_tokens=52000,
            output_tokens=1500,
        ),
        Service(
            name="reports",
            title="Nightly reports",
            rhythm="night",
            calls=3,
            models=((NOVA, 6), (FLASH, 4)),
            input_tokens=36000,
            output_tokens=4200,
        ),
        Service(
            name="research",
            title="Research",
            rhythm="office",
            calls=3,
            models=((LLAMA, 6), (SONNET, 4)),
            input_tokens=24000,
            output_tokens=2800,
            streamed=0.5,
        ),
    )
}


@dataclass(frozen=True)
class Team:
    """A team, what it is billed under, and the services it runs."""

    id: str
    name: str
    billing_code: str
    services: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Customer:
    """`calls` is its share of all, `growth` a day's factor; it may have come late."""

    id: str
    name: str
    timezone: str
    calls: float
    growth: float
    teams: tuple[Team, ...]
    came_days_ago: int | None = None


CUSTOMERS = (
    Customer(
        id="acme_corp",
        name="Acme Corp",
        timezone="America/New_York",
        calls=10,
        growth=1.004,
        teams=(
            Team("acme-assistant", "Assistant", "B-17", ("chat", "agent")),
            Team("acme-search", "Search", "B-21", ("search", "documents")),
            Team("acme-data", "Data platform", "B-30", ("reports", "research")),
        ),
    ),
    Customer(
        id="globex",
        name="Globex",
        timezone="Europe/Berlin",
        calls=6,
        growth=1.002,
        teams=(
            Team("globex-care", "Customer care", "G-100", ("support", "search")),
            Team("globex-legal", "Legal", "G-220", ("documents", "chat")),
            Team("globex-build", "Engineering", "G-310", ("agent", "chat")),
        ),
    ),
    Customer(
        id="initech",
        name="Initech",
        timezone="America/Chicago",
        calls=4,
        growth=0.999,
        teams=(
            Team("initech-tps", "TPS Reports", "TPS-1", ("reports", "documents")),
            Team("initech-support", "Support", "TPS-2", ("support", "chat")),
        ),
    ),
    Customer(
        id="umbrella",
        name="Umbrella",
        timezone="Asia/Tokyo",
        calls=3,
        growth=1.001,
        teams=(Team("umbrella-labs", "Laboratories", "U-7", ("research", "chat")),),
    ),
    Customer(
        id="hooli",
        name="Hooli",
        timezone="America/Los_Angeles",
        calls=2,
        growth=1.02,
        came_days_ago=9,
        teams=(Team("hooli-xyz", "Hooli XYZ", "H-1", ("chat", "search")),),
    ),
)


@dataclass(frozen=True)
class Stage:
    """Where a service runs, and its share of the service's calls."""

    suffix: str
    environment: str
    calls: float


STAGES = (Stage("prod", "production", 0.93), Stage("staging", "staging", 0.07))


@dataclass(frozen=True)
class Caller:
    """A virtual key: one service of one team in one environment."""

    customer: Customer
    team: Team
    service: Service
    stage: Stage

    @property
    def id(self) -> str:
        return f"vk_{self.team.id}_{self.service.name}_{self.stage.suffix}"

    @property
    def name(self) -> str:
        return f"{self.team.name}: {self.service.title}, {self.stage.environment}"

    @property
    def metadata(self) -> dict[str, str]:
        return {
            "environment": self.stage.environment,
            "feature": self.service.name,
            "team_internal_billing_code": self.team.billing_code,
        }

    @property
    def calls(self) -> float:
        return self.customer.calls * self.service.calls * self.stage.calls


CALLERS = tuple(
    Caller(customer, team, SERVICES[name], stage)
    for customer in CUSTOMERS
    for team in customer.teams
    for name in team.services
    for stage in STAGES
)
