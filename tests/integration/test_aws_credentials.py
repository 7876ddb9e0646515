"""Keys of AWS from everywhere they may be, each place a real file or a real server."""

import asyncio
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dataplane.providers.base import CredentialUnusable
from dataplane.providers.bedrock.credentials import (
    FRESH_SECONDS,
    RETRY_SECONDS,
    USABLE_SECONDS,
    AwsCredentials,
    RenewedKeys,
    bearer_of,
    chain,
)
from dataplane.providers.bedrock.signatures import AwsKeys
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, whole

ROLE = "arn:aws:iam::123456789012:role/gateway"
FOUND = AwsKeys("ASIAFOUND", "found-secret", "found-token")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of the machine that the tests run on."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def in_an_hour() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def keys_as_json() -> dict[str, str]:
    return {
        "Code": "Success",
        "AccessKeyId": FOUND.access_key_id,
        "SecretAccessKey": FOUND.secret_access_key,
        "Token": FOUND.session_token or "",
        "Expiration": in_an_hour(),
    }


def keys_as_xml(action: str) -> Scripted:
    body = f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <{action}Result><Credentials>
            <AccessKeyId>{FOUND.access_key_id}</AccessKeyId>
            <SecretAccessKey>{FOUND.secret_access_key}</SecretAccessKey>
            <SessionToken>{FOUND.session_token}</SessionToken>
            <Expiration>{in_an_hour()}</Expiration>
        </Credentials></{action}Result></{action}Response>"""
    return Scripted(200, {"content-type": "text/xml"}, [body.encode()])


async def test_keys_of_the_credential_are_used_as_they_are():
    static = {"access_key_id": "AKIA", "secret_access_key": "s"}

    assert await AwsCredentials().keys(static) == AwsKeys("AKIA", "s")
    with_token = {**static, "session_token": "t"}
    assert await AwsCredentials().keys(with_token) == AwsKeys("AKIA", "s", "t")
    with pytest.raises(CredentialUnusable, match="no access_key_id"):
        await AwsCredentials().keys({"secret_access_key": "s"})


async def test_keys_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "env-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "env-token")

    assert await AwsCredentials().keys({}) == AwsKeys("AKIAENV", "env-secret", "env-token")


async def test_keys_of_a_profile_are_read_again_when_the_file_has_changed(tmp_path: Path):
    def write(secret: str) -> None:
        text = f"[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = {secret}\n"
        (tmp_path / "credentials").write_text(text)

    write("first")
    find = chain("work")
    assert find() == AwsKeys("AKIAWORK", "first")
    write("second")
    assert find() == AwsKeys("AKIAWORK", "second")


async def test_a_profile_may_assume_a_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: FakeUpstream
):
    (tmp_path / "credentials").write_text(
        "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = base-secret\n"
    )
    (tmp_path / "config").write_text(
        f"[profile work]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = x-1\n"
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", upstream.url)
    upstream.answers(keys_as_xml("AssumeRole"))

    assert await AwsCredentials().keys({"profile": "work"}) == FOUND
    assert b"ExternalId=x-1" in upstream.asked[0].body
    assert "Credential=AKIABASE/" in upstream.asked[0].headers["authorization"]


async def test_a_web_identity_is_exchanged_for_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: FakeUpstream
):
    (tmp_path / "token").write_text("a-token-of-kubernetes")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", upstream.url)
    upstream.answers(keys_as_xml("AssumeRoleWithWebIdentity"))

    assert await AwsCredentials().keys({}) == FOUND
    assert b"WebIdentityToken=a-token-of-kubernetes" in upstream.asked[0].body


async def test_a_container_gives_keys_which_are_asked_for_once(
    monkeypatch: pytest.MonkeyPatch, upstream: FakeUpstream
):
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{upstream.url}/role")
    upstream.answers(whole(keys_as_json()))
    credentials = AwsCredentials()

    found = await asyncio.gather(*(credentials.keys({}) for _ in range(20)))
    assert found == [FOUND] * 20
    assert len(upstream.asked) == 1


async def test_an_instance_gives_the_keys_of_its_role(
    monkeypatch: pytest.MonkeyPatch, upstream: FakeUpstream
):
    def metadata(asked: Asked) -> Scripted:
        if asked.path.endswith("/api/token"):
            return Scripted(200, {}, [b"metadata-token"])
        if asked.path.endswith("/security-credentials/"):
            return Scripted(200, {}, [b"gateway-role"])
        return whole(keys_as_json())

    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", upstream.url)
    upstream.script = metadata

    assert await AwsCredentials().keys({}) == FOUND
    assert upstream.asked[-1].path.endswith("/security-credentials/gateway-role")


async def test_where_there_are_none_that_is_said_without_details(tmp_path: Path):
    with pytest.raises(CredentialUnusable, match="no AWS credentials where the process runs"):
        await AwsCredentials().keys({})
    with pytest.raises(CredentialUnusable, match="ProfileNotFound"):
        await AwsCredentials().keys({"profile": "nobody"})
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = AKIAWORK\n")
    with pytest.raises(CredentialUnusable, match="PartialCredentialsError"):
        await AwsCredentials().keys({"profile": "work"})


@pytest.mark.parametrize("status", [403, 500])
async def test_a_service_that_refuses_is_named_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, upstream: FakeUpstream, status: int, tmp_path: Path
):
    (tmp_path / "token").write_text("a-token-of-kubernetes")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", upstream.url)
    upstream.answers(Scripted(status, {"content-type": "text/xml"}, [b"<secret>no</secret>"]))

    with pytest.raises(CredentialUnusable) as caught:
        await AwsCredentials().keys({})
    assert "secret" not in str(caught.value)
    assert ROLE not in str(caught.value)


def test_a_bedrock_key_needs_no_signature(monkeypatch: pytest.MonkeyPatch):
    assert bearer_of({"api_key": "ABSK"}) == "ABSK"
    assert bearer_of({"profile": "work"}) is None
    assert bearer_of({}) is None
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "ABSKENV")
    assert bearer_of({}) == "ABSKENV"
    assert bearer_of({"profile": "work"}) is None


# Renewal


class Source:
    """Gives out keys, the number of the time as their id; or fails."""

    def __init__(self) -> None:
        self.times = 0
        self.failure: str | None = None
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def __call__(self) -> AwsKeys:
        self.times += 1
        assert self.may_go_on.wait(10)
        if self.failure is not None:
            raise CredentialUnusable(self.failure)
        return AwsKeys(f"AKIA{self.times}", "s")


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def now() -> list[float]:
    return [1_000.0]


@pytest.fixture
def renewed(source: Source, now: list[float]) -> RenewedKeys:
    return RenewedKeys(source, lambda: now[0])


async def id_of(renewed: RenewedKeys) -> str:
    return (await renewed.keys()).access_key_id


async def until(is_so: Callable[[], Any]) -> None:
    for _ in range(1_000):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come to that")


async def test_keys_are_renewed_behind_the_requests_that_use_them(
    renewed: RenewedKeys, source: Source, now: list[float]
):
    assert await id_of(renewed) == "AKIA1"
    now[0] += FRESH_SECONDS
    assert await id_of(renewed) == "AKIA1"
    assert source.times == 1

    now[0] += 1
    source.may_go_on.clear()
    assert [await id_of(renewed) for _ in range(5)] == ["AKIA1"] * 5, "nobody waits"
    source.may_go_on.set()
    await until(lambda: source.times == 2 and renewed._finding.done())
    assert await id_of(renewed) == "AKIA2"
    assert source.times == 2, "once for all five"


async def test_keys_that_nobody_used_for_long_are_renewed_before_they_are(
    renewed: RenewedKeys, now: list[float]
):
    await renewed.keys()
    now[0] += USABLE_SECONDS + 1

    assert await asyncio.gather(id_of(renewed), id_of(renewed)) == ["AKIA2", "AKIA2"]


async def test_a_failure_behind_is_not_felt_until_the_keys_are_old(
    renewed: RenewedKeys, source: Source, now: list[float]
):
    await renewed.keys()
    source.failure = "the service is down"
    now[0] += FRESH_SECONDS + 1
    assert await id_of(renewed) == "AKIA1"
    await until(lambda: source.times == 2 and renewed._finding.done())
    assert [await id_of(renewed) for _ in range(5)] == ["AKIA1"] * 5
    assert source.times == 2, "nor is the service asked each time"

    now[0] += USABLE_SECONDS
    with pytest.raises(CredentialUnusable, match="the service is down"):
        await renewed.keys()


async def test_a_service_that_fails_is_not_asked_again_at_once(
    renewed: RenewedKeys, source: Source, now: list[float]
):
    source.failure = "the service is down"
    for _ in range(5):
        with pytest.raises(CredentialUnusable, match="the service is down"):
            await renewed.keys()
    assert source.times == 1

    source.failure = None
    now[0] += RETRY_SECONDS
    assert await id_of(renewed) == "AKIA2"


async def test_who_gives_up_waiting_leaves_the_others_their_keys(
    renewed: RenewedKeys, source: Source
):
    source.may_go_on.clear()
    first, second = (asyncio.create_task(renewed.keys()) for _ in range(2))
    await until(lambda: source.times)
    first.cancel()
    source.may_go_on.set()

    assert (await second).access_key_id == "AKIA1"
    assert source.times == 1


def test_what_is_found_is_never_shown():
    assert repr(FOUND) == "AwsKeys(access_key_id='ASIAFOUND')"
