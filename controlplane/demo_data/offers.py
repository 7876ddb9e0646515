"""Providers, their models, what these cost, and how fast they answer."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Rates:
    """US dollars per million tokens; None where the price has no such rate."""

    input: Decimal
    output: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A model at a provider. `first_ms` to the first token, then `token_ms` for each.

    `rates` holds from the beginning, `later` from two thirds of the time on.
    """

    model: str
    first_ms: float
    token_ms: float
    rates: Rates | None
    later: Rates | None = None


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A provider of ours."""

    id: str
    name: str
    kind: str
    offers: tuple[Offer, ...]
    base_url: str = ""
    region: str = ""


SONNET = Rates(
    input=Decimal("3"),
    output=Decimal("15"),
    cached_input=Decimal("0.30"),
    cache_write=Decimal("3.75"),
)
VENDORS = (
    Vendor(
        id="openai",
        name="OpenAI",
        kind="openai",
        offers=(
            Offer(
                model="gpt-4o",
                first_ms=420,
                token_ms=11,
                rates=Rates(
                    input=Decimal("2.50"), output=Decimal("10"), cached_input=Decimal("1.25")
                ),
            ),
            Offer(
                model="gpt-4o-mini",
                first_ms=310,
                token_ms=7,
                rates=Rates(
                    input=Decimal("0.15"), output=Decimal("0.60"), cached_input=Decimal("0.075")
                ),
            ),
            Offer(
                model="text-embedding-3-small",
                first_ms=90,
                token_ms=0,
                rates=Rates(input=Decimal("0.02")),
            ),
        ),
    ),
    Vendor(
        id="anthropic",
        name="Anthropic",
        kind="anthropic",
        offers=(
            Offer(model="claude-sonnet-4-6", first_ms=780, token_ms=14, rates=SONNET),
            Offer(
                model="claude-opus-4-6",
                first_ms=1150,
                token_ms=21,
                rates=Rates(
                    input=Decimal("5"),
                    output=Decimal("25"),
                    cached_input=Decimal("0.50"),
                    cache_write=Decimal("6.25"),
                ),
            ),
            Offer(
                model="claude-haiku-4-5",
                first_ms=380,
                token_ms=6,
                rates=Rates(
                    input=Decimal("1"),
                    output=Decimal("5"),
                    cached_input=Decimal("0.10"),
                    cache_write=Decimal("1.25"),
                ),
            ),
        ),
    ),
    Vendor(
        id="bedrock",
        name="Amazon Bedrock",
        kind="bedrock",
        region="eu-central-1",
        offers=(
            Offer(model="anthropic.claude-sonnet-4-6", first_ms=860, token_ms=15, rates=SONNET),
            Offer(
                model="amazon.nova-pro",
                first_ms=450,
                token_ms=8,
                rates=Rates(
                    input=Decimal("0.80"), output=Decimal("3.20"), cached_input=Decimal("0.20")
                ),
            ),
        ),
    ),
    Vendor(
        id="gemini",
        name="Google Gemini",
        kind="gemini",
        offers=(
            Offer(
                model="gemini-2.5-flash",
                first_ms=340,
                token_ms=5,
                rates=Rates(
                    input=Decimal("0.30"), output=Decimal("2.50"), cached_input=Decimal("0.075")
                ),
                later=Rates(
                    input=Decimal("0.25"), output=Decimal("2.00"), cached_input=Decimal("0.0625")
                ),
            ),
        ),
    ),
    Vendor(
        id="own-cluster",
        name="Own cluster",
        kind="openai_compatible",
        base_url="http://llm.internal.example:8000/v1",
        offers=(Offer(model="llama-4-maverick", first_ms=240, token_ms=9, rates=None),),
    ),
)
OFFERS = {f"{vendor.id}/{offer.model}": offer for vendor in VENDORS for offer in vendor.offers}
