"""Every recorded Anthropic exchange through the gateway, for clients of Anthropic's own dialect."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx
import pytest

from billing.usage import read_usage
from tests import catalog, postgres, recordings
from tests.fakes.upstream import FakeUpstream, Scripted
from tests.plane import Plane, booked

Recording = recordings.Recording
PATHS = {
    "anthropic.messages": "/v1/messages",
    "anthropic.count_tokens": "/v1/messages/count_tokens",
}


def speaks_anthropic(record: Recording) -> bool:
    return record["api"] in PATHS


def is_message(record: Recording) -> bool:
    return record["api"] == "anthropic.messages" and record["status"] == 200


@pytest.fixture(scope="module")
def stage(database_url: str) -> Iterator["Stage"]:
    """One data plane for all exchanges; each has its own provider."""
    postgres.empty(database_url)
    stage = Stage(FakeUpstream(), Plane(), catalog.key())
    yield stage
    stage.plane.stop()
    stage.upstream.stop()


@dataclass
class Stage:
    upstream: FakeUpstream
    plane: Plane
    secret: str

    def set_up(self, record: Recording) -> str:
        """The name to ask for. Half of the addresses have the version in them."""
        version = "/v1" if int(record["id"][0], 16) % 2 else ""
        far = catalog.provider(
            f"p-{record['id']}", kind="anthropic", base_url=self.upstream.url + version
        )
        model = catalog.priced_model(record["request_json"]["model"], of=far)
        self.plane.wait_for_catalog(model.id)
        return model.id

    def answers(self, record: Recording, pieces: list[bytes]) -> None:
        content_type = record["response_headers"].get("content-type", "application/json")
        headers = {"content-type": content_type, "request-id": "req_upstream"}
        self.upstream.answers(Scripted(record["status"], headers, pieces))

    def ask(self, record: Recording, name: str) -> httpx.Response:
        return httpx.post(
            f"{self.plane.url}{PATHS[record['api']]}?beta=true",
            headers={"x-api-key": self.secret, "anthropic-beta": "files-api-2025-04-14"},
            json={**record["request_json"], "model": name},
            timeout=30,
        )


@pytest.mark.parametrize("record", recordings.parameters(speaks_anthropic))
def test_an_exchange_comes_back_as_the_provider_gave_it(record: Recording, stage: Stage):
    name = stage.set_up(record)
    for cut in recordings.CUTS:
        stage.answers(record, cut(recordings.body_of(record)))
        response = stage.ask(record, name)

        assert response.status_code == record["status"], response.text
        assert response.content == recordings.body_of(record)
        assert response.headers["request-id"] == response.headers["x-request-id"]
        asked = stage.upstream.asked[-1]
        assert asked.path == PATHS[record["api"]]
        assert asked.json == record["request_json"]
        assert asked.headers["anthropic-version"] == "2023-06-01"
        assert asked.headers["anthropic-beta"] == "files-api-2025-04-14"
        assert asked.headers["x-api-key"] == catalog.CREDENTIAL
        usage_is_as_reported(record, response)


@pytest.mark.parametrize("record", recordings.parameters(is_message))
def test_the_sdk_reads_the_message_that_the_provider_sent(record: Recording, stage: Stage):
    name = stage.set_up({**record, "id": f"{record['id']}-sdk"})
    client = anthropic.Anthropic(base_url=stage.plane.url, api_key=stage.secret, max_retries=0)
    far = anthropic.Anthropic(base_url=stage.upstream.url, api_key="none", max_retries=0)
    stage.answers(record, recordings.by_prime(recordings.body_of(record)))

    asked = {key: value for key, value in record["request_json"].items() if key != "stream"}
    direct = final_message(far, record, {**asked, "model": "far"})
    relayed = final_message(client, record, {**asked, "model": name})

    assert relayed.model_dump() == direct.model_dump()
    assert stage.upstream.asked[-1].headers["anthropic-version"] == "2026-10-21"


def final_message(client: anthropic.Anthropic, record: Recording, asked: dict[str, Any]) -> Any:
    if record["streaming"]:
        with client.beta.messages.stream(**asked) as stream:
            return stream.get_final_message()
    return client.beta.messages.create(**asked, timeout=30)


def usage_is_as_reported(record: Recording, response: httpx.Response) -> None:
    row = booked().get(request_id=response.headers["x-request-id"])
    assert row.status == record["status"]
    if record["api"] == "anthropic.count_tokens" or record["status"] >= 400:
        assert (row.usage_source, row.cost_usd) == ("none", 0)
        return
    usage = record["usage"]["raw"]
    reported = read_usage("anthropic", usage)
    if reported.others:  # an advisor's tokens, at a price that no list here has
        assert row.usage_source == "estimated"
        return
    assert row.usage_source == "provider"
    assert row.input_tokens == reported.tokens.input
    assert row.output_tokens == reported.tokens.output
    assert row.cached_input_tokens == reported.tokens.cached_input
    assert row.cache_write_tokens == reported.tokens.cache_write
    assert row.cost_usd is not None
