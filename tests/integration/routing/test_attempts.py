"""Where a request goes when a deployment fails: elsewhere, there once more, or to an error."""

import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from controlplane.usage.services import verify_books
from tests import catalog
from tests.fakes.upstream import FakeUpstream, Scripted, stream, whole
from tests.far_and_near import CHUNKS, Client, Providers
from tests.plane import Plane, booked

ROLE = CHUNKS[0]
REPORTED = b'data: {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 0}}\n\n'
OUTAGES = {
    "server error": whole(b"oops", 500),
    "overloaded": whole({"error": {"message": "Overloaded"}}, 529),
    "rate limited": whole({"error": {"message": "slow down"}}, 429, **{"retry-after": "30"}),
    "refuses our credential": whole({"error": {"message": "who are you"}}, 401),
    "lacks the model": whole({"error": {"message": "no such model"}}, 404),
    "conflict": whole({"error": {"message": "locked"}}, 409),
    "too early": whole(b"", 425),
    "resets": Scripted(pieces=[b"{"], breaks_off=True),
    "garbage": whole(b"<html>"),
    "is silent": Scripted(delay_seconds=3),
}
FALSE_STARTS = {
    "role, then nothing": stream([ROLE], stall_seconds=3),
    "role, then the end": stream([ROLE]),
    "role, then a reset": stream([ROLE], breaks_off=True),
    "role, then garbage": stream([ROLE, b"data: {oops\n\n"]),
    "an error first": stream([b'data: {"error": {"message": "overloaded"}}\n\n']),
    "an error event first": stream([ROLE, b'event: error\ndata: {"message": "no"}\n\n']),
    "comments alone": stream([b": processing\n\n"] * 3),
    "JSON": whole({"error": {"message": "not in a stream"}}),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_is_invisible_while_a_fallback_works(
    outage: str, streamed: bool, client: Client, providers: Providers
):
    providers.does("far", OUTAGES[outage])

    response = client.ask(stream=streamed)

    assert response.status_code == 200
    assert "Hi" in response.text
    assert response.headers["x-purser-provider"] == "near"
    assert response.headers["x-purser-attempts"] == "2"
    record = booked().get()
    assert [attempt["provider"] for attempt in record.attempts] == ["far", "near"]
    assert record.attempts[0]["error_code"]
    assert (record.error_code, record.attempts[1]["error_code"]) == (None, None)
    assert verify_books() == []


@pytest.mark.parametrize("start", FALSE_STARTS)
def test_a_stream_that_fails_before_its_first_content_was_never_there(
    start: str, client: Client, providers: Providers
):
    providers.does("far", FALSE_STARTS[start])

    response = client.ask(stream=True)

    assert response.content == b"".join([*CHUNKS[:3], CHUNKS[4]])
    assert [attempt["status"] for attempt in booked().get().attempts] == [200, 200]


def test_what_a_failed_attempt_is_reported_to_have_consumed_is_booked(
    client: Client, providers: Providers
):
    providers.does("far", stream([ROLE, REPORTED], breaks_off=True))

    assert client.ask(stream=True).status_code == 200

    record = booked().get()
    failed, answered = record.attempts
    assert Decimal(failed["cost_usd"]) == Decimal("0.0025")
    assert record.cost_usd == Decimal("0.0025") + Decimal(answered["cost_usd"])
    assert record.token_details == {"other_input": 1000, "other_output": 0}
    assert (record.input_tokens, record.output_tokens) == (3, 5)
    assert verify_books() == []


def test_it_is_booked_also_when_nobody_answers_in_the_end(client: Client, providers: Providers):
    providers.does("far", stream([ROLE, REPORTED], breaks_off=True))
    providers.does("near", whole(b"", 500))

    assert client.ask(stream=True).status_code == 502

    record = booked().get()
    assert (record.status, record.provider, record.usage_source) == (502, "far", "provider")
    assert (record.cost_usd, record.input_tokens) == (Decimal("0.0025"), 1000)
    assert verify_books() == []


def test_what_the_first_refuses_about_the_request_is_answered(client: Client, providers: Providers):
    providers.does("far", whole({"error": {"message": "messages[0].rolle is unknown"}}, 400))

    response = client.ask()

    assert (response.status_code, len(providers.asked("near"))) == (400, 0)
    assert "rolle" in response.json()["error"]["message"]


def test_what_only_this_model_cannot_take_goes_to_the_next(client: Client, providers: Providers):
    too_long = {"error": {"code": "context_length_exceeded", "message": "too long"}}
    providers.does("far", whole(too_long, 400))

    assert client.ask().headers["x-purser-provider"] == "near"


def test_a_refusal_that_all_agree_on_is_the_first_ones(client: Client, providers: Providers):
    for name in ("far", "near"):
        error = {"code": "context_length_exceeded", "message": f"too long for {name}"}
        providers.does(name, whole({"error": error}, 400))

    response = client.ask()

    assert response.status_code == 400
    assert response.json()["error"]["message"] == "too long for far"
    assert response.headers["x-purser-attempts"] == "2"


def test_attempts_are_bounded(plane: Plane, connect: Callable[..., Client], providers: Providers):
    models = [f"model-{number}" for number in range(8)]
    far = catalog.Provider.objects.get(id="far")
    for name in models:
        catalog.priced_model(name, of=far)
    plane.wait_for_catalog("far/model-7")
    client = connect(plane, fallbacks=[{"provider": "far", "model": name} for name in models])
    providers.does("far", whole(b"", 500))

    response = client.ask()

    assert response.headers["x-purser-attempts"] == "5"
    assert len(providers.asked("far")) == 5


def test_one_deadline_holds_for_all_attempts(
    start_plane: Callable[..., Plane], connect: Callable[..., Client], providers: Providers
):
    client = connect(start_plane(upstream_total_timeout_seconds=0.6))
    providers.does("far", whole(b"", 500, **{}))
    providers.scripts["far"] = lambda asked: Scripted(status=500, delay_seconds=0.4)
    providers.does("near", Scripted(delay_seconds=3))
    began = time.monotonic()

    response = client.ask()

    assert (response.status_code, response.json()["error"]["code"]) == (504, "upstream_timeout")
    assert time.monotonic() - began < 2
    assert [attempt["error_code"] for attempt in booked().get().attempts] == [
        "server_error",
        "total_timeout",
    ]


def test_a_fallback_that_the_key_may_not_call_is_left_out(
    plane: Plane, connect: Callable[..., Client], providers: Providers
):
    client = connect(plane, allowed_models=["far/*"])
    providers.does("far", whole(b"", 500))

    assert client.ask().status_code == 502
    assert providers.asked("near") == []


@pytest.fixture
def claude(providers: Providers, upstream: FakeUpstream) -> str:
    """A deployment that has nothing like `logit_bias`."""
    of = catalog.provider("claude", base_url=f"{upstream.url}/claude", kind="anthropic")
    return str(catalog.priced_model("claude-haiku-4-5", of=of).id)


def test_what_one_cannot_be_told_goes_to_the_next(
    plane: Plane, client: Client, claude: str, providers: Providers
):
    plane.wait_for_catalog(claude)

    response = client.ask(model=claude, max_tokens=5, logit_bias={"1": 1})

    assert response.headers["x-purser-provider"] == "near"
    assert response.headers["x-purser-attempts"] == "1", "nothing was asked of the first"
    assert providers.asked("claude") == []


def test_a_fallback_that_cannot_be_told_does_not_hide_what_went_wrong(
    plane: Plane, connect: Callable[..., Client], claude: str, providers: Providers
):
    plane.wait_for_catalog(claude)
    client = connect(plane, fallbacks=[{"provider": "claude", "model": "claude-haiku-4-5"}])
    providers.does("far", whole(b"", 500))

    response = client.ask(max_tokens=5, logit_bias={"1": 1})

    assert response.status_code == 502
    assert "'far/gpt-4o' answered 500" in response.json()["error"]["message"]
    assert len(providers.asked("far")) == 2, "it was tried once more instead"
    assert verify_books() == []
