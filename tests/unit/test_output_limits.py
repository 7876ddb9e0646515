"""What a model generates at most, by the names that vendors and resellers give it."""

import re

import pytest
import yaml

from controlplane.catalog.output_limits import CONTEXT, FILE, max_output_tokens
from controlplane.catalog.price_source import listings


@pytest.mark.parametrize(
    ("vendor", "name", "tokens"),
    [
        ("openai", "gpt-4o", 16_384),
        ("openai", "gpt-4o-2024-05-13", 4_096),
        ("openai", "gpt-4.1-mini", 32_768),
        ("openai", "gpt-4-1106-preview", 4_096),
        ("openai", "o1", 100_000),
        ("openai", "gpt-6.1-sol", 128_000),
        ("openai", "ft:gpt-4o-mini", 16_384),
        ("azure", "openai/o3-mini", 100_000),
        ("openrouter", "openai/gpt-5-pro:batch", 272_000),
        ("anthropic", "claude-sonnet-4-5", 64_000),
        ("openrouter", "anthropic/claude-opus-4.6", 128_000),
        ("openrouter", "anthropic/claude-opus-4.1", 32_000),
        ("aws", "regional.anthropic.claude-3-5-sonnet-20241022-v2:0", 8_192),
        ("aws", "meta.llama4-scout-17b-instruct-v1:0", 8_192),
        ("together", "meta-llama/Llama-4-Scout-17B-16E-Instruct", None),
        ("groq", "openai/gpt-oss-120b", 65_536),
        ("google", "gemini-2.0-flash", 8_192),
        ("google", "gemini-4-argon", 65_536),
        ("mistral", "mistral-large-2512", 262_144),
        ("acme", "a-model-of-our-own", None),
    ],
)
def test_the_longest_beginning_that_fits_decides(vendor: str, name: str, tokens: int | None):
    assert max_output_tokens(vendor, name, 262_144) == tokens


def test_a_limit_that_is_the_window_is_unknown_without_one():
    assert max_output_tokens("mistral", "mistral-large-2512", None) is None


def test_every_entry_names_its_source_and_is_a_limit():
    for tables in yaml.safe_load(FILE.read_text()).values():
        for table in tables.values():
            assert table["source"].startswith("https://")
            for prefix, limit in table["tokens"].items():
                assert re.fullmatch(r"[a-z0-9:-]+", prefix)
                assert limit == CONTEXT or 1_000 <= limit <= 1_000_000


def test_every_chat_model_of_the_large_vendors_has_one():
    chats = re.compile(r"(gpt-\d|o[134]|claude-|gemini-\d)")
    missing = [
        listing.id
        for listing in listings()
        if listing.vendor in ("openai", "anthropic", "google") and chats.match(listing.model_name)
        if max_output_tokens(listing.vendor, listing.model_name, 100_000) is None
    ]

    assert missing == []
