"""Which spellings of a model are one."""

import pytest

from billing.reconciliation.names import same_name

SAME = [
    {"gpt-4o", "gpt-4o-2024-08-06", "openai/gpt-4o", "GPT-4o", "gpt-4o-latest"},
    {
        "Claude Sonnet 4.5",
        "claude-sonnet-4-5-20250929",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "Claude4.5Sonnet",
        "Claude Sonnet 4.5 (Amazon Bedrock Edition)",
        "publishers/anthropic/models/claude-sonnet-4-5@20250929",
    },
    {"gemini-2.5-flash", "gemini 2.5 flash", "models/gemini-2.5-flash"},
    {"Nova2.0Lite", "amazon.nova-2-lite-v1:0"},
    {"gpt-4.1", "gpt-4.1-2025-04-14"},
]


@pytest.mark.parametrize("names", SAME)
def test_spellings_of_one_model_are_the_same(names):
    assert len({same_name(name) for name in names}) == 1


def test_different_models_are_told_apart():
    different = ["gpt-4o", "gpt-4o-mini", "o4-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4-1106"]
    different += ["claude-3-5-sonnet", "claude-3-7-sonnet", "claude-sonnet-4", "gemini-2.5-pro"]

    assert len({same_name(name) for name in different}) == len(different)
    assert same_name("") == same_name(" – ") == ""
