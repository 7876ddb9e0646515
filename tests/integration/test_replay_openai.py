"""Every recorded OpenAI and OpenAI-compatible exchange through the gateway, however it is cut."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from billing.costs import cost_of
from billing.money import format_usd
from billing.prices import Price
from billing.usage import read_usage
from controlplane.catalog.models import Price as CustomPrice
from tests import catalog, postgres, recordings
from tests.fakes.upstream import FakeUpstream, Scripted
from tests.plane import Plane, booked

PATHS = {
    "openai.chat": "/v1/chat/completions",
    "openai.embeddings": "/v1/embeddings",
    "openai.responses": "/v1/responses",
}
UPSTREAM_PATHS = {
    "openai.chat": "/chat/completions",
    "openai.embeddings": "/embeddings",
    "openai.responses": "/responses",
}


def speaks_openai(record: recordings.Recording) -> bool:
    return record["api"] in PATHS


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

    def set_up(self, record: recordings.Recording, cut: str) -> str:
        """The name to ask for, at a provider with the path shape of the recorded one: a new one
        for each cut, since one that refused may be left alone for a while."""
        base = urlsplit(record["url"]).path.removesuffix(UPSTREAM_PATHS[record["api"]])
        far = catalog.provider(f"p-{record['id']}-{cut}", base_url=self.upstream.url + base)
        model = catalog.priced_model(record["request_json"]["model"], of=far)
        self.plane.wait_for_catalog(model.id)
        return model.id

    def replay(
        self, record: recordings.Recording, name: str, pieces: list[bytes]
    ) -> httpx.Response:
        """Asks the gateway what the provider was asked, which answers what it answered."""
        headers = {"content-type": record["response_headers"].get("content-type", "text/plain")}
        self.upstream.answers(Scripted(record["status"], headers, pieces))
        return httpx.post(
            self.plane.url + PATHS[record["api"]],
            headers={"authorization": f"Bearer {self.secret}"},
            json={**record["request_json"], "model": name},
            timeout=30,
        )


@pytest.mark.parametrize("record", recordings.parameters(speaks_openai))
def test_an_exchange_comes_back_as_the_provider_gave_it(record: recordings.Recording, stage: Stage):
    for cut in recordings.CUTS:
        name = stage.set_up(record, cut.__name__)
        response = stage.replay(record, name, cut(recordings.body_of(record)))

        assert response.status_code == record["status"], response.text
        if record["status"] >= 400:
            assert provider_message(record) in response.json()["error"]["message"]
        elif record["streaming"]:
            assert events(response.content) == visible_events(record)
            assert upstream_asks_for_usage(record, stage.upstream)
        else:
            assert response.content == recordings.body_of(record)
        usage_is_as_reported(record, response)


def usage_is_as_reported(record: recordings.Recording, response: httpx.Response) -> None:
    row = booked().get(request_id=response.headers["x-request-id"])
    assert row.status == record["status"]
    if record["usage"] is None:
        assert row.usage_source == ("estimated" if record["status"] < 400 else "none")
        return
    reported = read_usage("openai", record["usage"]["raw"])
    assert row.usage_source == "provider"
    assert row.input_tokens == reported.tokens.input
    assert row.output_tokens == reported.tokens.output
    assert row.cached_input_tokens == reported.tokens.cached_input
    price = Price.from_row(CustomPrice.objects.values().get(id=row.price_id))
    assert row.cost_usd == cost_of(reported.tokens, price).total_usd
    if "x-purser-cost-usd" in response.headers:
        assert response.headers["x-purser-cost-usd"] == format_usd(row.cost_usd)


def provider_message(record: recordings.Recording) -> str:
    body = json.loads(recordings.body_of(record))
    error = body.get("error", body.get("detail"))
    return error["message"] if isinstance(error, dict) else error


def events(stream: bytes) -> list[Any]:
    """The data of each event, parsed."""
    text = stream.replace(b"\r\n", b"\n").decode()
    datas = [
        line.removeprefix("data:").strip() for line in text.split("\n") if line.startswith("data:")
    ]
    return [data if data == "[DONE]" else json.loads(data) for data in datas]


def visible_events(record: recordings.Recording) -> list[Any]:
    """What the client is to see: not the usage it did not ask for; an error in the usual form."""
    expected = events(recordings.body_of(record))
    asked = (record["request_json"].get("stream_options") or {}).get("include_usage")
    if not asked:
        expected = [event for event in expected if not is_usage_only(event)]
    return expected


def is_usage_only(event: Any) -> bool:
    return isinstance(event, dict) and event.get("choices") == [] and bool(event.get("usage"))


def upstream_asks_for_usage(record: recordings.Recording, upstream: FakeUpstream) -> bool:
    sent = upstream.asked[-1].json
    if record["api"] == "openai.responses":
        return "stream_options" not in sent
    return sent["stream_options"]["include_usage"] is True
