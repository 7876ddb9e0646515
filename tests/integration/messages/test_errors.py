"""What goes wrong, as Anthropic's SDK reports it: types, codes, ids and retries."""

from decimal import Decimal
from typing import Any

import anthropic
import httpx
import pytest

from controlplane.budgets.models import Balance
from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, Scripted, stream, whole
from tests.integration.responses import claude
from tests.integration.responses.claude import MODEL
from tests.plane import Plane, booked

HELLO: Any = [{"role": "user", "content": "Hello"}]
ASKED: dict[str, Any] = {"model": MODEL, "max_tokens": 100, "messages": HELLO}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
REFUSED = {
    "type": "error",
    "error": {"type": "invalid_request_error", "message": "messages: at least one"},
    "request_id": "req_upstream",
}


def test_a_budget_refusal_is_typed_and_not_retried(client: anthropic.Anthropic):
    builders.budget(limit_usd=Decimal("0.0001"))

    with pytest.raises(anthropic.RateLimitError) as raised:
        client.messages.create(**ASKED)

    error = raised.value
    assert error.response.headers["x-should-retry"] == "false"
    assert error.request_id == error.response.headers["x-request-id"]
    body: Any = error.body
    assert body["type"] == "error"
    assert body["request_id"] == error.request_id
    assert (body["error"]["type"], body["error"]["code"]) == ("budget_exceeded", "budget_exceeded")
    assert body["error"]["budget"]["limit_usd"] == "0.0001"
    assert booked().filter(status=429).count() == 1, "the SDK retried"


@pytest.mark.parametrize(
    ("key", "model", "error", "code"),
    [
        ("sk-pur-wrong", MODEL, anthropic.AuthenticationError, "key_invalid"),
        (None, "far/claude-9", anthropic.NotFoundError, "model_not_found"),
    ],
)
def test_refusals_of_the_gateway_are_typed(
    key: str | None, model: str, error: Any, code: str, plane: Plane, secret: str
):
    with (
        anthropic.Anthropic(base_url=plane.url, api_key=key or secret) as client,
        pytest.raises(error) as raised,
    ):
        client.messages.create(**{**ASKED, "model": model})
    body: Any = raised.value.body
    assert (body["type"], body["error"]["code"]) == ("error", code)
    assert raised.value.request_id == body["request_id"]


def test_a_refusal_of_anthropics_comes_back_as_it_said_it(
    client: anthropic.Anthropic, upstream: FakeUpstream
):
    upstream.answers(whole(REFUSED, 400))

    with pytest.raises(anthropic.BadRequestError) as raised:
        client.messages.create(**ASKED)

    assert raised.value.body == REFUSED
    assert raised.value.request_id != "req_upstream"
    row = booked().get()
    assert (row.status, row.error_code, row.cost_usd) == (400, "upstream_refused", 0)
    assert len(upstream.asked) == 1


@pytest.fixture
def falling_back(plane: Plane, upstream: FakeUpstream) -> str:
    """The secret of a key whose requests to `far` go on to `near`."""
    near = catalog.provider("near", base_url=upstream.url, kind="anthropic")
    far = catalog.provider(base_url=upstream.url, kind="anthropic")
    catalog.priced_model("claude-opus-4-5", of=near)
    catalog.priced_model("claude-sonnet-4-5", of=far)
    secret = catalog.key(fallbacks=[{"provider": "near", "model": "claude-opus-4-5"}])
    plane.wait_for_catalog(MODEL)
    return secret


def failing_first(first: Scripted, then: Scripted) -> Any:
    return lambda asked: first if asked.json["model"] == "claude-sonnet-4-5" else then


@pytest.mark.parametrize("status", [500, 503, 529])
def test_a_fallback_answers_where_anthropic_is_overloaded(
    status: int, falling_back: str, plane: Plane, upstream: FakeUpstream
):
    answer = claude.answer(claude.text("Hello."))
    upstream.script = failing_first(whole(OVERLOADED, status), answer)

    with anthropic.Anthropic(base_url=plane.url, api_key=falling_back, max_retries=0) as client:
        message = client.messages.with_raw_response.create(**ASKED)

    assert message.headers["x-purser-provider"] == "near"
    assert [block.text for block in message.parse().content] == ["Hello."]


def test_overload_before_the_first_word_moves_on(
    falling_back: str, plane: Plane, upstream: FakeUpstream
):
    overloaded = stream([claude._event(event) for event in (*claude._begun(), OVERLOADED)])
    upstream.script = failing_first(overloaded, claude.streamed(claude.text("Hello.")))

    with (
        anthropic.Anthropic(base_url=plane.url, api_key=falling_back, max_retries=0) as client,
        client.messages.stream(**ASKED) as answer,
    ):
        assert answer.get_final_text() == "Hello."


def test_overload_after_the_first_word_is_the_sdks_error(
    client: anthropic.Anthropic, upstream: FakeUpstream
):
    upstream.answers(claude.broken("Hel", "lo", error=OVERLOADED["error"]))
    heard: list[str] = []

    with (
        pytest.raises(anthropic.APIStatusError) as raised,
        client.messages.stream(**ASKED) as answer,
    ):
        heard.extend(answer.text_stream)

    assert "".join(heard) == "Hello"
    assert raised.value.body == OVERLOADED
    row = booked().get()
    assert (row.error_code, row.usage_source) == ("upstream_failed", "estimated")
    assert verify_books() == []


@pytest.mark.parametrize("cut", [{"breaks_off": True}, {}])
def test_a_stream_that_breaks_off_ends_in_an_error_of_ours(
    cut: dict[str, Any], client: anthropic.Anthropic, upstream: FakeUpstream
):
    whole_stream = claude.streamed(claude.text("Hello there, this is cut.")).pieces
    upstream.answers(stream(whole_stream[:5], **cut))

    with (
        pytest.raises(anthropic.APIStatusError) as raised,
        client.messages.stream(**ASKED) as answer,
    ):
        answer.until_done()

    body: Any = raised.value.body
    assert body["error"]["code"] == "upstream_failed"
    assert body["request_id"] == booked().get().request_id


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/messages", 405), ("GET", "/v1/messages/count_tokens", 405)],
)
def test_paths_of_anthropics_answer_in_its_envelope(
    method: str, path: str, status: int, http: httpx.Client
):
    answer = http.request(method, path)
    assert answer.status_code == status
    assert answer.json()["type"] == "error"
    assert answer.headers["request-id"] == answer.headers["x-request-id"]


def test_nothing_of_the_credential_is_in_a_refusal(
    client: anthropic.Anthropic, upstream: FakeUpstream
):
    quoting = {**REFUSED, "error": {"type": "x", "message": f"bad {catalog.CREDENTIAL}"}}
    upstream.answers(whole(quoting, 400))
    with pytest.raises(anthropic.BadRequestError) as raised:
        client.messages.create(**ASKED)
    assert catalog.CREDENTIAL not in str(raised.value)


def test_what_a_key_reserved_for_a_message_comes_free_again(
    client: anthropic.Anthropic, upstream: FakeUpstream
):
    builders.budget(limit_usd=Decimal(1))
    upstream.answers(Scripted(status=529, pieces=[b"{}"]))
    with pytest.raises(anthropic.InternalServerError):
        client.with_options(max_retries=0).messages.create(**ASKED)
    booked()
    assert Balance.objects.get().spent_usd == 0
    assert verify_books() == []
