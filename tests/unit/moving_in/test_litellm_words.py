"""LiteLLM's ways to write models, windows and ids."""

import pytest

from controlplane.moving_in.litellm.budgets import window_of
from controlplane.moving_in.litellm.vocabulary import vendor_and_model
from controlplane.moving_in.naming import slug


@pytest.mark.parametrize(
    ("written", "vendor", "model", "region"),
    [
        ("openai/gpt-4o", "openai", "gpt-4o", ""),
        ("gpt-4o", "openai", "gpt-4o", ""),
        ("claude-3-5-sonnet", "anthropic", "claude-3-5-sonnet", ""),
        ("bedrock/converse/us.amazon.nova-pro-v1:0", "bedrock", "us.amazon.nova-pro-v1:0", ""),
        ("bedrock/us-east-1/anthropic.claude", "bedrock", "anthropic.claude", "us-east-1"),
        ("azure/o_series/my-o3", "azure", "my-o3", ""),
        ("openrouter/anthropic/claude", "openrouter", "anthropic/claude", ""),
        ("my-model", "", "my-model", ""),
    ],
)
def test_a_model_is_taken_apart(written, vendor, model, region):
    assert vendor_and_model(written, "") == (vendor, model, region)


@pytest.mark.parametrize(
    ("written", "window"),
    [
        ("30d", ("month", True)),
        ("1mo", ("month", True)),
        ("7d", ("week", True)),
        ("24h", ("day", True)),
        ("1d", ("day", True)),
        ("6h", ("6h", False)),
        ("14d", ("14d", False)),
        ("3mo", ("quarter", False)),
        ("monthly", ("month", True)),
        ("30s", ("", False)),
        ("soon", ("", False)),
    ],
)
def test_a_window_turns_when_the_peers_does(written, window):
    assert window_of(written) == window


@pytest.mark.parametrize("name", ["a", "acme_prod", "team.1", "A" * 100])
def test_a_name_that_can_be_an_id_is_one(name):
    assert slug(name) == name


def test_other_names_become_ids_that_nobody_else_has():
    names = ["a b", "a/b", "ä", "..", "jane@acme.example", "x" * 300, "x" * 301, "\ud800"]

    ids = [slug(name) for name in names]

    assert len(set(ids)) == len(names)
    assert all(len(each) <= 100 and slug(each) == each for each in ids)
    assert ids == [slug(name) for name in names]
