"""A credential that says nothing means the environment's key, of kinds that have one."""

from typing import Any

import pytest

from dataplane.snapshot.environment_keys import filled_in

KEYS = {
    "OPENAI_API_KEY": "openai-key",
    "ANTHROPIC_API_KEY": "anthropic-key",
    "GOOGLE_API_KEY": "google-key",
    "AZURE_API_KEY": "azure-key",
}


@pytest.mark.parametrize(
    ("kind", "credential", "expected"),
    [
        ("openai", {}, {"api_key": "openai-key"}),
        ("anthropic", {}, {"api_key": "anthropic-key"}),
        ("gemini", {}, {"api_key": "google-key"}),
        ("azure_openai", {}, {"api_key": "azure-key"}),
        ("openai", {"weight": 3}, {"api_key": "openai-key", "weight": 3}),
        ("openai", {"api_key": "own"}, {"api_key": "own"}),
        ("openai_compatible", {}, {}),
        ("bedrock", {}, {}),
        ("vertex", {}, {}),
    ],
)
def test_an_empty_credential_is_the_environments(
    kind: str, credential: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert filled_in(credential, kind, KEYS) == expected


def test_an_environment_without_a_key_gives_none() -> None:
    assert filled_in({}, "openai", {"OPENAI_API_KEY": ""}) == {}
