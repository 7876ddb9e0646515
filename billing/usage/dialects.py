"""Which form a provider's usage has, and how urgently it says it served a call."""

from typing import Any, Final

OPENAI: Final = "openai"
XAI: Final = "xai"
ANTHROPIC: Final = "anthropic"
BEDROCK: Final = "bedrock"
GEMINI: Final = "gemini"

# Kinds of providers, vendors of the price list, and what people call them. Whatever else there is
# speaks OpenAI's dialect; an object that shows another form is read as what it shows.
DIALECTS: Final = {
    "anthropic": ANTHROPIC,
    "claude": ANTHROPIC,
    "bedrock": BEDROCK,
    "aws": BEDROCK,
    "amazon": BEDROCK,
    "gemini": GEMINI,
    "vertex": GEMINI,
    "vertex_ai": GEMINI,
    "google": GEMINI,
    "xai": XAI,
    "x-ai": XAI,
    "grok": XAI,
}

SERVICE_TIERS: Final = ("standard", "batch", "flex", "priority", "fast")
REPORTED_TIERS: Final = {
    **{tier: tier for tier in SERVICE_TIERS},
    "default": "standard",
    "on_demand": "standard",
    "on_demand_flex": "flex",
    "on_demand_priority": "priority",
}


def dialect_for(provider: str) -> str:
    """The dialect of a kind of provider, a vendor, or a common name of either."""
    return DIALECTS.get(provider.lower(), OPENAI)


def service_tier(*reported: Any) -> str | None:
    """The first of the values that names a tier that prices know; None when none does."""
    for value in reported:
        if isinstance(value, dict):  # Bedrock: {"type": "priority"}
            value = value.get("type")
        if isinstance(value, str) and (tier := REPORTED_TIERS.get(value.lower())):
            return tier
    return None
