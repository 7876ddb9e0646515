"""Access tokens of Google Cloud, from a token service on a real socket."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from dataplane.providers.base import CredentialUnusable
from dataplane.providers.vertex.access_tokens import AccessTokens
from dataplane.providers.vertex.google_credentials import fetch
from dataplane.snapshot.model import Provider
from tests.fakes.google_accounts import GRANT, key_file, tokens
from tests.fakes.upstream import FakeUpstream, Scripted, whole

DEFAULT_CREDENTIALS = "GOOGLE_APPLICATION_CREDENTIALS"


def provider(credential: dict[str, Any], **fields: Any) -> Provider:
    row = {"region": "us-central1", "auth_header": "", "extra_headers": {}, "extra_query": {}}
    usual = {"project": "", "vendor": "google", "base_url": "https://far.test", **row, **fields}
    return Provider(id="vertex", kind="vertex", credential=credential, **usual)


async def test_one_token_serves_all_calls_at_once_and_those_after_them(upstream: FakeUpstream):
    upstream.script = tokens()
    account = provider({"service_account": key_file(upstream.url)})
    held = AccessTokens()

    at_once = await asyncio.gather(*[held.token(account) for _ in range(50)])
    later = await held.token(account)

    assert {*at_once, later} == {"token-1"}
    assert len(upstream.asked) == 1
    assert GRANT in upstream.asked[0].body.decode()


async def test_a_catalog_loaded_anew_asks_for_no_new_token(upstream: FakeUpstream):
    upstream.script = tokens()
    held = AccessTokens()
    for _ in range(3):
        assert await held.token(provider({"service_account": key_file(upstream.url)})) == "token-1"


async def test_each_credential_of_a_provider_has_its_own_token(upstream: FakeUpstream):
    upstream.script = tokens()
    held = AccessTokens()
    first = provider({"service_account": key_file(upstream.url)})
    second = replace(first, credential={"service_account": key_file(upstream.url, client_id="2")})

    assert await held.token(first) == "token-1"
    assert await held.token(second) == "token-2"
    assert await held.token(first) == "token-1"


async def test_a_token_is_fetched_anew_before_it_expires_while_calls_go_on(
    upstream: FakeUpstream,
):
    upstream.script = tokens(lifetime_seconds=4)
    held = AccessTokens()
    account = provider({"service_account": key_file(upstream.url)})
    seen = []
    for _ in range(120):
        seen.append(await held.token(account))
        if seen[-1] == "token-2":
            break
        await asyncio.sleep(0.05)

    assert set(seen) == {"token-1", "token-2"}
    assert seen == sorted(seen)
    assert len(upstream.asked) == 2


async def test_a_token_serves_until_it_expires_although_no_new_one_can_be_had(
    upstream: FakeUpstream,
):
    upstream.script = tokens(lifetime_seconds=4)
    held = AccessTokens()
    account = provider({"service_account": key_file(upstream.url)})
    await held.token(account)
    upstream.answers(whole({"error": "invalid_grant"}, status=400))
    for _ in range(120):
        if len(upstream.asked) > 1:
            break
        assert await held.token(account) == "token-1"
        await asyncio.sleep(0.05)

    assert await held.token(account) == "token-1"
    assert len(upstream.asked) == 2


async def test_a_refused_credential_is_named_without_a_word_of_it(
    upstream: FakeUpstream, caplog: pytest.LogCaptureFixture
):
    refusal = {"error": "invalid_grant", "error_description": "purser@its-project is unknown"}
    upstream.answers(whole(refusal, status=400))
    held = AccessTokens()
    account = provider({"service_account": key_file(upstream.url)})

    for _ in range(3):
        with pytest.raises(CredentialUnusable) as raised:
            await held.token(account)

    assert str(raised.value) == "Google's token service refuses it (invalid_grant)"
    assert "its-project" not in caplog.text
    assert len(upstream.asked) == 1


async def test_a_call_that_is_given_up_does_not_take_the_token_from_others(
    upstream: FakeUpstream,
):
    granted = json.dumps({"access_token": "slow", "expires_in": 3600, "token_type": "Bearer"})
    headers = {"content-type": "application/json"}
    upstream.answers(Scripted(200, headers, [granted.encode()], delay_seconds=0.3))
    held = AccessTokens()
    account = provider({"service_account": key_file(upstream.url)})

    given_up = asyncio.create_task(held.token(account))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(held.token(account))
    given_up.cancel()

    assert await waiting == "slow"
    assert len(upstream.asked) == 1


async def test_a_token_service_that_cannot_be_reached_is_told_apart():
    account = provider({"service_account": key_file("http://127.0.0.1:1")})
    with pytest.raises(CredentialUnusable, match="cannot be reached"):
        await AccessTokens().token(account)


@pytest.mark.parametrize(
    "credential",
    [
        {"service_account": {"client_email": "a@b", "private_key": "no key"}},
        {"service_account": {"client_email": "a@b", "private_key": "no", "token_uri": "x"}},
        {"service_account": {}},
        {"service_account": "text"},
        {"workload_identity": {"type": "external_account"}},
        {"workload_identity": {"credential_source": {"file": "/etc/hostname"}}},
        {"workload_identity": "text"},
        {"api_key": "AIza-not-an-account"},
    ],
)
async def test_what_is_no_account_is_refused_and_not_shown(credential: dict[str, Any]):
    with pytest.raises(CredentialUnusable) as raised:
        await AccessTokens().token(provider(credential))
    assert "no key" not in str(raised.value)
    assert "AIza" not in str(raised.value)


async def test_the_project_is_the_providers_else_the_accounts(upstream: FakeUpstream):
    upstream.script = tokens()
    account = provider({"service_account": key_file(upstream.url)})
    held = AccessTokens()

    assert await held.project(account) == "its-project"
    assert await held.project(replace(account, project="ours")) == "ours"


async def test_an_empty_credential_is_what_the_environment_has(
    upstream: FakeUpstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    upstream.script = tokens()
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key_file(upstream.url)))
    monkeypatch.setenv(DEFAULT_CREDENTIALS, str(path))
    held = AccessTokens()

    assert await held.token(provider({})) == "token-1"
    assert await held.project(provider({})) == "its-project"


async def test_an_environment_that_points_at_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(DEFAULT_CREDENTIALS, str(tmp_path / "missing.json"))
    with pytest.raises(CredentialUnusable, match="the environment has no credential"):
        await AccessTokens().token(provider({}))


def workload(upstream: FakeUpstream, source: dict[str, Any], **fields: Any) -> dict[str, Any]:
    pool = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
    return {
        "type": "external_account",
        "audience": pool,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{upstream.url}/v1/token",
        "credential_source": source,
        **fields,
    }


def test_a_workload_changes_what_its_cluster_says_of_it_for_a_token(
    upstream: FakeUpstream, tmp_path: Path
):
    upstream.script = tokens()
    said = tmp_path / "token"
    said.write_text("what the cluster says")
    identity = workload(upstream, {"file": str(said)})

    fetched = fetch({"workload_identity": identity}, is_trusted=lambda address: True)

    assert fetched.token == "token-1"
    asked = parse_qs(upstream.asked[0].body.decode())
    assert asked["subject_token"] == ["what the cluster says"]


@pytest.mark.parametrize(
    "address",
    [
        "https://attacker.test/v1/token",
        "http://sts.googleapis.com/v1/token",
        "https://sts.googleapis.com.attacker.test/v1/token",
        "https://attacker.test\\@sts.googleapis.com/v1/token",
        "https://sts.googleapis.com:443@attacker.test/v1/token",
    ],
)
def test_what_a_workload_knows_goes_to_nobody_but_google(
    address: str, upstream: FakeUpstream, tmp_path: Path
):
    identity = workload(upstream, {"file": str(tmp_path / "token")}, token_url=address)
    with pytest.raises(CredentialUnusable, match="not Google's"):
        fetch({"workload_identity": identity})


def test_a_workloads_program_is_not_run(upstream: FakeUpstream):
    source = {"executable": {"command": "/bin/true"}}
    with pytest.raises(CredentialUnusable, match="programs are not run"):
        fetch({"workload_identity": workload(upstream, source)}, is_trusted=lambda _: True)
