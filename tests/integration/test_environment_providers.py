"""Credentials in the environment create their providers: once, sealed, and in no log line."""

import json
from pathlib import Path
from typing import Any

import pytest

from controlplane.catalog.models import Provider
from controlplane.catalog.services import update_provider
from controlplane.runtime.bootstrap.environment_providers import ensure_environment_providers
from controlplane.sealing import sealing_keys

pytestmark = pytest.mark.usefixtures("database")

SECRET = "the-secret-that-nobody-may-see"
SERVICE_ACCOUNT = {"client_email": "a@b", "private_key": SECRET, "project_id": "acme-123"}


def credential(provider: Provider) -> dict[str, Any]:
    return sealing_keys().open(bytes(provider.credential_sealed or b""), provider.id)


@pytest.mark.parametrize(
    ("environment", "columns"),
    [
        ({"OPENAI_API_KEY": SECRET}, {"id": "openai", "kind": "openai", "base_url": ""}),
        ({"ANTHROPIC_API_KEY": SECRET}, {"id": "anthropic", "kind": "anthropic"}),
        ({"GEMINI_API_KEY": SECRET}, {"id": "gemini", "kind": "gemini"}),
        ({"GOOGLE_API_KEY": SECRET}, {"id": "gemini", "kind": "gemini"}),
        (
            {"GROQ_API_KEY": SECRET},
            {"kind": "openai_compatible", "base_url": "https://api.groq.com/openai/v1"},
        ),
        ({"MISTRAL_API_KEY": SECRET}, {"id": "mistral", "price_list": "mistral"}),
        ({"DEEPSEEK_API_KEY": SECRET}, {"id": "deepseek", "price_list": "deepseek"}),
        ({"OPENROUTER_API_KEY": SECRET}, {"id": "openrouter", "price_list": "openrouter"}),
        (
            {
                "AZURE_OPENAI_API_KEY": SECRET,
                "AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com",
                "OPENAI_API_VERSION": "2025-01-01",
            },
            {"kind": "azure_openai", "extra_query": {"api-version": "2025-01-01"}},
        ),
    ],
)
def test_an_api_key_creates_its_provider(
    environment: dict[str, str], columns: dict[str, Any]
) -> None:
    created = ensure_environment_providers(environment)

    provider = Provider.objects.get()
    assert created == [provider.id]
    assert {name: getattr(provider, name) for name in columns} == columns
    assert credential(provider) == {"api_key": SECRET}


def test_amazon_needs_both_halves_of_its_key() -> None:
    assert ensure_environment_providers({"AWS_ACCESS_KEY_ID": "AKIA"}) == []

    environment = {
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": "session",
        "AWS_REGION": "eu-central-1",
    }
    assert ensure_environment_providers(environment) == ["bedrock"]
    provider = Provider.objects.get(id="bedrock")
    assert provider.region == "eu-central-1"
    assert credential(provider) == {
        "access_key_id": "AKIA",
        "secret_access_key": SECRET,
        "session_token": "session",
    }


def test_google_reads_the_file_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "account.json").write_text(json.dumps(SERVICE_ACCOUNT))
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "account.json")}

    assert ensure_environment_providers(environment) == ["vertex"]
    provider = Provider.objects.get(id="vertex")
    assert (provider.project, provider.region) == ("acme-123", "us-central1")
    assert credential(provider) == {"service_account": SERVICE_ACCOUNT}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"AWS_BEARER_TOKEN_BEDROCK": SECRET, "AWS_PROFILE": "p"}, {"api_key": SECRET}),
        ({"AWS_PROFILE": "production"}, {"profile": "production"}),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token"}, {}),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials"}, {}),
    ],
)
def test_amazon_is_found_in_the_order_of_its_own_clients(
    environment: dict[str, str], expected: dict[str, str]
) -> None:
    assert ensure_environment_providers(environment) == ["bedrock"]
    provider = Provider.objects.get(id="bedrock")
    assert credential(provider) == expected
    assert provider.region == "us-east-1"


def test_a_region_alone_is_no_credential() -> None:
    assert ensure_environment_providers({"AWS_REGION": "eu-central-1"}) == []
    assert ensure_environment_providers({"GOOGLE_CLOUD_PROJECT": "acme-123"}) == []


def test_an_account_of_another_kind_stays_where_google_finds_it(tmp_path: Path) -> None:
    external = {"type": "external_account", "token_url": SECRET}
    (tmp_path / "account.json").write_text(json.dumps(external))
    environment = {
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "account.json"),
        "GOOGLE_CLOUD_PROJECT": "acme-123",
        "GOOGLE_CLOUD_LOCATION": "europe-west1",
    }

    assert ensure_environment_providers(environment) == ["vertex"]
    provider = Provider.objects.get(id="vertex")
    assert (provider.project, provider.region) == ("acme-123", "europe-west1")
    assert credential(provider) == {}


def test_an_address_of_its_own_comes_along() -> None:
    environment = {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": "http://10.0.0.1:9/v1"}
    ensure_environment_providers(environment)

    assert Provider.objects.get(id="openai").base_url == "http://10.0.0.1:9/v1"


def test_what_exists_is_left_alone() -> None:
    ensure_environment_providers({"OPENAI_API_KEY": "the-first"})
    update_provider(Provider.objects.get(id="openai"), is_active=False)

    assert ensure_environment_providers({"OPENAI_API_KEY": "the-second"}) == []
    provider = Provider.objects.get(id="openai")
    assert credential(provider) == {"api_key": "the-first"}
    assert not provider.is_active


@pytest.mark.parametrize(
    "environment",
    [
        {"OPENAI_API_KEY": f"{SECRET} with a space"},
        {"AZURE_OPENAI_API_KEY": SECRET},
        {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere.json"},
        {"GROQ_API_KEY": SECRET, "GROQ_BASE_URL": "nonsense"},
    ],
)
def test_what_cannot_be_used_is_a_warning_and_no_secret(
    environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert ensure_environment_providers(environment) == []

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert SECRET not in caplog.text


def test_no_secret_is_logged_with_a_new_provider(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    ensure_environment_providers({"OPENAI_API_KEY": SECRET})

    assert "'openai' was created" in caplog.text
    assert SECRET not in caplog.text
