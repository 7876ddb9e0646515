"""`POST /api/v1/providers/{id}/test`: does it work, with the credential that is stored?"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.test import Client
from jsonschema import Draft4Validator

from controlplane.accounts.models import Member
from controlplane.catalog import probe
from controlplane.catalog.models import Provider
from controlplane.usage.models import UsageRecord
from dataplane.contract.credentials import SealingKeys
from dataplane.probe.loading import load
from dataplane.probe.looking import Looker
from dataplane.probe.report import Report
from dataplane.settings import Settings
from dataplane.upstream.client import UpstreamClient
from tests import catalog
from tests.fakes.simulator import RunningSimulator
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, whole
from tests.integration.test_rest_schema import answers_of, shape
from tests.personas import Caller, caller, refusal

SECRET = "sk-a-credential-of-ours-0123456789"
LIST = {"data": [{"id": "gpt-4o"}, {"id": "gpt-4o-mini"}]}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "model": "gpt-4o",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "H"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


@pytest.fixture(scope="module")
def _simulator() -> Iterator[RunningSimulator]:
    running = RunningSimulator()
    yield running
    running.stop()


@pytest.fixture
def simulator(_simulator: RunningSimulator) -> Iterator[RunningSimulator]:
    yield _simulator
    _simulator.reset()


def sealed(provider_id: str, credential: dict[str, Any]) -> bytes:
    return SealingKeys.parse(django_settings.SEALING_KEY).seal(credential, provider_id)


def provider(
    base_url: str, kind: str = "openai", credential: dict[str, Any] | None = None, **fields: Any
) -> Provider:
    row = {"region": "eu-west-1", "project": "p", **fields}
    opened = {"api_key": SECRET} if credential is None else credential
    return Provider.objects.create(
        id="far", kind=kind, base_url=base_url, credential_sealed=sealed("far", opened), **row
    )


def look(model: str | None = None) -> Report:
    """In this process, and at once."""
    return asyncio.run(_look(model))


async def _look(model: str | None) -> Report:
    settings = replace(Settings.from_env(), upstream_connect_timeout_seconds=1)
    client = UpstreamClient.from_settings(settings)
    looker = Looker(settings, client)
    try:
        return await looker.look(await load(settings, "far", model))
    finally:
        await looker.aclose()
        await client.aclose()


def verdicts(report: Report) -> dict[str, tuple[bool | None, str | None]]:
    return {check.name.value: (check.ok, check.error_code) for check in report.checks}


def openai_that(answers: dict[str, Scripted]) -> Any:
    """A script by path."""

    def script(asked: Asked) -> Scripted:
        return answers.get(asked.path, whole(LIST if asked.method == "GET" else COMPLETION))

    return script


def test_a_provider_that_works(
    alice: Caller, upstream: FakeUpstream, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.model("gpt-4o", of=provider(f"{upstream.url}/v1"))
    upstream.script = openai_that({})

    report = alice.post("providers/far/test").json()

    assert (report["ok"], report["models"]) == (True, ["gpt-4o", "gpt-4o-mini"])
    assert [(check["name"], check["ok"]) for check in report["checks"]] == [
        ("credentials", True),
        ("models", True),
        ("call", True),
    ]
    assert report["latency_ms"] > 0
    assert {asked.headers["authorization"] for asked in upstream.asked} == {f"Bearer {SECRET}"}
    called = next(asked for asked in upstream.asked if asked.method == "POST")
    assert called.json["max_completion_tokens"] == 1
    assert (report["model"], report["is_booked"]) == ("gpt-4o", False)
    assert not UsageRecord.objects.exists()


def test_a_provider_that_fails_is_a_200_without_a_secret_or_an_address(
    alice: Caller, upstream: FakeUpstream
) -> None:
    provider(f"{upstream.url}/v1")
    said = {"error": {"message": f"Incorrect API key: {SECRET} at {upstream.url}"}}
    upstream.answers(whole(said, 401))

    answer = alice.post("providers/far/test", {"model": "gpt-4o"})

    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    assert {check["error_code"] for check in answer.json()["checks"]} == {"credential_refused"}
    assert b"It answered 401: the provider refuses it" in answer.content
    assert SECRET.encode() not in answer.content
    assert upstream.url.encode() not in answer.content
    assert upstream.url.partition("//")[2].encode() not in answer.content


def test_whoever_may_not_change_providers_may_not_test_them(
    alice: Caller, bob: Caller, upstream: FakeUpstream
) -> None:
    provider(upstream.url)

    for each in (caller("finance"), caller("auditor"), bob):
        refusal(each.post("providers/far/test"), 403)
    refusal(alice.post("providers/near/test"), 404)
    assert "model" in refusal(alice.post("providers/far/test", {"model": 5}))["fields"]
    assert "mode" in refusal(alice.post("providers/far/test", {"mode": "x"}))["fields"]
    assert not upstream.asked


def test_only_so_many_are_tested_at_once(alice: Caller, upstream: FakeUpstream) -> None:
    provider(upstream.url)
    for _ in range(probe.AT_ONCE_MAX):
        probe._free.acquire()
    try:
        assert refusal(alice.post("providers/far/test"), 409)["code"] == "busy"
    finally:
        for _ in range(probe.AT_ONCE_MAX):
            probe._free.release()


def test_a_program_that_says_nothing_is_a_refusal(
    alice: Caller, upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider(upstream.url)
    monkeypatch.setattr(probe, "PROGRAM", "http.client")

    assert refusal(alice.post("providers/far/test"), 409)["code"] == "test_failed"


@pytest.mark.parametrize(
    ("kind", "path", "credential"),
    [
        ("openai", "/v1", None),
        ("openai_compatible", "/v1", None),
        ("azure_openai", "", None),
        ("azure_openai", "/openai/v1", None),
        ("anthropic", "", None),
        ("gemini", "", None),
    ],
)
def test_every_kind_lists_and_answers(
    database: str, simulator: RunningSimulator, kind: str, path: str, credential: Any
) -> None:
    provider(f"{simulator.url}{path}", kind, credential)

    report = look("echo")

    assert verdicts(report) == dict.fromkeys(("credentials", "models", "call"), (True, None))
    assert report.models == ["echo", "embed"]


def test_bedrock_and_vertex_say_why_they_list_nothing(
    database: str, simulator: RunningSimulator
) -> None:
    row = provider(simulator.url, "vertex")
    vertex = look("echo")
    row.kind = "bedrock"
    row.save()
    bedrock = look("echo")

    for report in (vertex, bedrock):
        assert verdicts(report)["models"] == (None, None)
        assert verdicts(report)["call"] == (True, None)
        assert "list" in report.checks[1].message


def test_vectors_are_asked_of_models_of_vectors(database: str, simulator: RunningSimulator) -> None:
    provider(f"{simulator.url}/v1")

    assert look("embed").ok


def test_each_of_several_credentials_is_tested(database: str, upstream: FakeUpstream) -> None:
    several = {
        "credentials": [{"api_key": "sk-good-0123"}, {"api_key": "sk-bad-01234", "weight": 3}]
    }
    provider(f"{upstream.url}/v1", credential=several)

    def script(asked: Asked) -> Scripted:
        if asked.headers["authorization"] == "Bearer sk-bad-01234":
            return whole({"error": {"message": "no"}}, 401)
        return whole(LIST if asked.method == "GET" else COMPLETION)

    upstream.script = script
    report = look("gpt-4o")

    of_credentials = [c for c in report.checks if c.name == "credentials"]
    assert [(c.credential_index, c.ok) for c in of_credentials] == [(0, True), (1, False)]
    assert (report.ok, report.models) == (False, ["gpt-4o", "gpt-4o-mini"])


def test_without_a_model_the_list_alone_says_whether_it_works(
    database: str, upstream: FakeUpstream
) -> None:
    provider(f"{upstream.url}/v1")
    upstream.script = openai_that({})

    report = look()

    assert report.ok
    assert verdicts(report)["call"] == (None, None)
    assert [asked.method for asked in upstream.asked] == ["GET"]


@pytest.mark.parametrize(
    ("scripted", "code"),
    [
        (whole({"error": {"message": "no such model"}}, 404), "not_found"),
        (whole({"error": {"message": "slow down"}}, 429), "rate_limited"),
        (whole({"error": {"message": "pay first"}}, 402), "payment_required"),
        (whole({"error": {"message": "no access to it"}}, 403), "not_permitted"),
        (whole({"error": {"message": "API key not valid."}}, 400), "credential_refused"),
        (whole({"error": {"message": "bad"}}, 400), "upstream_refused"),
        (whole(b"<html>", 503), "upstream_failed"),
        (whole(b"<html>"), "answer_unusable"),
        (Scripted(breaks_off=True, pieces=[b"{"]), "upstream_failed"),
    ],
)
def test_what_is_wrong_with_a_call_has_a_name(
    database: str, upstream: FakeUpstream, scripted: Scripted, code: str
) -> None:
    provider(f"{upstream.url}/v1")
    upstream.script = openai_that({"/v1/chat/completions": scripted})

    report = look("gpt-4o")

    assert (report.ok, verdicts(report)["call"]) == (False, (False, code))


def test_a_credential_that_may_call_but_not_list_is_fine(
    database: str, upstream: FakeUpstream
) -> None:
    provider(f"{upstream.url}/v1")
    missing = {"error": {"message": "Missing scopes: api.model.read"}}
    upstream.script = openai_that({"/v1/models": whole(missing, 403)})

    report = look("gpt-4o")

    assert report.ok
    assert verdicts(report)["models"] == (None, None)
    assert "Missing scopes" in report.checks[1].message


def test_a_model_that_thinks_until_its_limit_works(database: str, upstream: FakeUpstream) -> None:
    provider(f"{upstream.url}/v1")
    words = "Could not finish the message because max_tokens or model output limit was reached."
    ran_out = whole({"error": {"message": words}}, 400)
    upstream.script = openai_that({"/v1/chat/completions": ran_out})

    assert look("o4-mini").ok


def test_nobody_there_is_told_as_such(database: str) -> None:
    provider("http://127.0.0.1:9/v1")

    report = look("gpt-4o")

    assert verdicts(report)["call"] == (False, "upstream_failed")
    assert verdicts(report)["credentials"] == (None, None)
    assert "127.0.0.1" not in json.dumps([check.message for check in report.checks])


def test_a_credential_that_cannot_be_used_is_the_credentials_fault(database: str) -> None:
    broken = {"service_account": {"client_email": "a@b", "private_key": SECRET}}
    provider("http://127.0.0.1:9", "vertex", broken)

    report = look("gemini-2.5-pro")

    assert verdicts(report)["credentials"] == (False, "credential_unusable")
    assert SECRET not in json.dumps([check.message for check in report.checks])


def test_a_silent_provider_does_not_keep_us_waiting(
    database: str, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataplane.probe.looking.CALL_SECONDS", 0.3)
    provider(f"{simulator.url}/v1")

    report = look("stall")

    assert verdicts(report)["call"] == (False, "upstream_timeout")


def test_a_model_is_found_by_its_id_and_by_its_name(database: str, upstream: FakeUpstream) -> None:
    catalog.model("best", of=provider(f"{upstream.url}/v1"), upstream_model="gpt-4o-2024")
    upstream.script = openai_that({})

    for name in ("best", "far/best", None):
        assert look(name).model == "gpt-4o-2024"
    assert look("far/another").model == "another"


async def test_bedrock_is_listed_at_its_own_host_with_a_signature() -> None:
    from dataplane.probe.listings import list_request
    from dataplane.providers.base import UpstreamRequest
    from dataplane.providers.bedrock.credentials import AwsCredentials
    from dataplane.snapshot.model import Provider as Loaded

    keys = {"access_key_id": "AKIA", "secret_access_key": SECRET, "session_token": "t"}
    url = "https://bedrock-runtime.eu-west-1.amazonaws.com"
    loaded = Loaded("b", "bedrock", url, "eu-west-1", "", "", {}, {}, "aws", keys)

    asked, headers = await list_request(
        loaded, UpstreamRequest(url, httpx.Headers(), b""), AwsCredentials()
    )

    assert asked == "https://bedrock.eu-west-1.amazonaws.com/foundation-models"
    assert "/eu-west-1/bedrock/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"] == "t"


def test_people_test_it_on_its_page(database: str, upstream: FakeUpstream) -> None:
    provider(f"{upstream.url}/v1")
    upstream.answers(whole({"error": {"message": "no"}}, 401))
    Member(username="root", role="admin", is_staff=True).save()
    client = Client(SERVER_NAME="localhost")
    client.force_login(Member.objects.get())
    url = "/admin/catalog/provider/far/test/"

    asked = client.get(url)
    page = client.post(url, follow=True)

    assert b"neither is in the books" in asked.content
    assert "Credentials: It answered 401" in page.content.decode()
    assert not UsageRecord.objects.exists()


@pytest.mark.parametrize(("stored", "sent"), [({}, "Bearer sk-of-the-environment"), (None, None)])
def test_an_empty_credential_is_the_environments_and_none_is_none(
    database: str,
    upstream: FakeUpstream,
    monkeypatch: pytest.MonkeyPatch,
    stored: dict[str, Any] | None,
    sent: str | None,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    row = provider(f"{upstream.url}/v1", credential=stored)
    if stored is None:
        row.credential_sealed = None
        row.save()
    upstream.script = openai_that({})

    assert look("gpt-4o").ok
    assert {asked.headers.get("authorization") for asked in upstream.asked} == {sent}


def test_the_answer_is_as_described(alice: Caller, upstream: FakeUpstream) -> None:
    provider(f"{upstream.url}/v1")
    schema = alice.get("schema").json()
    answer = alice.post("providers/far/test")

    described = answers_of(schema, "providers/{id}/test", "post")[200]
    Draft4Validator(shape(schema, described)).validate(answer.json())
