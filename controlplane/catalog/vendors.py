"""Whose price list a provider's models are found in, unless it says so itself."""

import re

KIND_VENDORS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "bedrock": "aws",
    "vertex": "google",
    "gemini": "google",
    "azure_openai": "azure",
}
# What people call vendors, beside their names in the price list.
VENDOR_NAMES = {
    **KIND_VENDORS,
    "amazon": "aws",
    "bedrock-mantle": "aws",
    "claude": "anthropic",
    "grok": "x-ai",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "together-ai": "together",
    "together_ai": "together",
    "vertex_ai": "google",
    "voyage": "voyageai",
    "xai": "x-ai",
}
# Addresses that the source of the price list does not know as their vendor's.
MORE_ADDRESSES = {"aws": r"https://bedrock-mantle\.[a-z0-9-]+\.api\.aws(/|$)"}


def vendor_named(name: str) -> str:
    """The vendor as the price list calls it."""
    return VENDOR_NAMES.get(name.lower(), name.lower())


def default_price_list(*, provider_id: str, kind: str, base_url: str) -> str:
    """The vendor whose address it is, else the vendor it is named after, else the kind's own."""
    from genai_prices.data import providers  # half a second to load, seldom needed

    patterns = [(vendor.id, vendor.api_pattern) for vendor in providers]
    for vendor, pattern in [*patterns, *MORE_ADDRESSES.items()]:
        if base_url and re.match(pattern, base_url):
            return vendor
    named = vendor_named(provider_id)
    if named in dict(patterns):
        return named
    return KIND_VENDORS.get(kind, "")
