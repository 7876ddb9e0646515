"""What the snapshot is made of: plain, frozen values without a trace of the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.budgets import Budget
from billing.listings import Listings
from billing.price_books import PriceBook


@dataclass(frozen=True, slots=True)
class Provider:
    """A vendor's API that we have an account at, with its credential opened."""

    id: str
    kind: str
    base_url: str
    region: str
    project: str
    auth_header: str
    extra_headers: Mapping[str, str]
    extra_query: Mapping[str, str]
    vendor: str
    credential: Mapping[str, Any] = field(repr=False)
    is_sealed: bool = False
    """Its credential could not be opened. That is not the same as none: where none is given, some
    kinds take what the environment has."""
    credential_index: int = 0
    """Which of several credentials it is: what is made from one is kept under this number, too."""
    weight: int = 1
    """Of its credential, among the provider's."""
    others: "tuple[Provider, ...]" = field(default=(), repr=False)
    """The same provider with each of its other credentials."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One model of the price list: what a vendor sells under which names, for how much."""

    name: str
    match: Mapping[str, Any]
    context_tokens: int | None
    output_tokens_max: int | None
    prices: PriceBook


@dataclass(frozen=True, slots=True)
class Deployment:
    """A provider and a model there: what one attempt goes to."""

    id: str
    name: str
    provider: Provider
    upstream_model: str
    output_tokens_max: int | None
    context_tokens: int | None
    prices: PriceBook
    listings: "Listings[Listing] | None" = field(default=None, repr=False, compare=False)
    """What else its vendor sells: models that a call may use beside its own (an advisor)."""
    weight: float = 1.0
    """How often it comes first among the deployments of one name; 0 is a last resort."""
    variants: "tuple[Deployment, ...]" = field(default=(), repr=False, compare=False)
    """Itself with each of its provider's credentials; empty where there is one."""

    @property
    def place(self) -> tuple[str, int]:
        """What tells it from all other deployments, and from itself with another credential."""
        return self.id, self.provider.credential_index


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Ceilings of a key; None means none."""

    requests_per_minute: int | None
    tokens_per_minute: int | None
    max_parallel_requests: int | None

    @property
    def any(self) -> bool:
        return bool(
            self.requests_per_minute is not None
            or self.tokens_per_minute is not None
            or self.max_parallel_requests is not None
        )


@dataclass(frozen=True, slots=True)
class MetadataRule:
    """What a customer asks of one metadata key of its requests."""

    key: str
    is_required: bool
    allowed: tuple[str, ...]
    """The values that are allowed, as texts; empty: all."""
    passes: frozenset[str]
    """Those, and the old codes that reports show as one of them."""
    refuses: bool
    """A request that breaks it is refused; else its value is filed as unallocated."""


@dataclass(frozen=True, slots=True)
class CacheRules:
    """How a key's answers are kept and given again."""

    ttl_seconds: int
    namespace: str = ""
    is_semantic: bool = False
    threshold: float | None = None
    """The least score that is served; None: the one that is learned."""
    target_error: float = 0.05
    """How many of the hits by similarity may be wrong."""
    endpoints: frozenset[str] = frozenset()
    """Where answers are reused without being asked to; empty: everywhere."""
    serves: bool = True
    """False: it only watches what it would do."""
    takes_conversations: bool = False
    """By similarity also with tools or earlier turns."""
    embedder: str = ""
    """`provider/model`; empty: the local one."""
    judge: str = ""
    """`provider/model` that compares answers; empty: none."""


@dataclass(frozen=True, slots=True)
class VirtualKey:
    """What a secret may do. Budgets are those of the path customer → team → key."""

    id: str
    customer: str
    team: str | None
    is_active: bool
    expires_at: datetime | None
    secret_expires_at: datetime | None
    secret_revoked: bool
    allowed_providers: tuple[str, ...]
    allowed_models: tuple[str, ...]
    denied_models: tuple[str, ...]
    rate_limits: RateLimits
    fallbacks: tuple[str, ...]
    metadata: Mapping[str, Any]
    budgets: tuple[Budget, ...]
    resumes_streams: bool = False
    """A stream that breaks off is continued by another deployment, where that can be done."""
    metadata_rules: tuple[MetadataRule, ...] = ()
    stores_content: bool = False
    cache: CacheRules | None = None
    """None: nothing of it is cached."""
    paused_until: datetime | None = None
    """Until then it is refused."""
    backs_off: bool = False
    """The same request again and again is refused for a while."""

    @property
    def has_hard_budget(self) -> bool:
        return any(budget.is_hard for budget in self.budgets)


@dataclass(frozen=True)
class Catalog:
    """Providers, models, aliases and listings, resolvable by the name a service asks for."""

    providers: Mapping[str, Provider] = field(default_factory=dict)
    models: Mapping[str, Deployment] = field(default_factory=dict)
    aliases: Mapping[str, Sequence[Deployment]] = field(default_factory=dict)
    listings: Mapping[str, Listings[Listing]] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()
    """Configured models that are not to be called, though the price list knows them."""

    def providers_in_order(self, preferred: Iterable[str]) -> list[Provider]:
        """The preferred providers that exist, as they are ordered; all of them if none is."""
        wanted = list(preferred)
        if not wanted:
            return list(self.providers.values())
        return [self.providers[name] for name in wanted if name in self.providers]
