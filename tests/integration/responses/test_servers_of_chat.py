"""Servers that speak OpenAI's dialect but have no Responses API: asked in chat completions.

The far end's answers are synthetic, in the forms that servers are known to refuse a path with.
"""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.fakes.upstream import Asked, FakeUpstream, Scripted, stream, whole
from tests.plane import Plane, booked

MODEL = "far/llama"
USAGE = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
ANSWER = whole(
    {
        "id": "chatcmpl-1",
        "model": "llama-3",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello."},
                "finish_reason": "stop",
            }
        ],
        "usage": USAGE,
    }
)
PAGE = Scripted(404, {"content-type": "text/plain"}, [b"404 page not found"])
NO_SUCH_MODEL = whole(
    {"error": {"message": "The model 'llama' does not exist", "type": "invalid_request_error"}},
    status=404,
)


def chunk(**fields: Any) -> bytes:
    return (
        b"data: "
        + json.dumps({"id": "chatcmpl-1", "model": "llama-3", **fields}).encode()
        + (b"\n\n")
    )


STREAM = stream(
    [
        chunk(choices=[{"index": 0, "delta": {"role": "assistant", "content": "Hel"}}]),
        chunk(choices=[{"index": 0, "delta": {"content": "lo."}}]),
        chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]),
        chunk(choices=[], usage=USAGE),
        b"data: [DONE]\n\n",
    ]
)


@pytest.fixture
def client(plane: Plane, upstream: FakeUpstream) -> Iterator[openai.OpenAI]:
    from tests import catalog  # needs the apps, which pytest's configuration sets up

    secret = catalog.callable_model("llama", base_url=f"{upstream.url}/v1")
    plane.wait_for_catalog(MODEL)
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
        yield client


def answers(upstream: FakeUpstream, *, responses: Scripted, chat: Scripted = ANSWER) -> None:
    def script(asked: Asked) -> Scripted:
        return responses if asked.path == "/v1/responses" else chat

    upstream.script = script


def paths(upstream: FakeUpstream) -> list[str]:
    return [asked.path for asked in upstream.asked]


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(PAGE, id="a page"),
        pytest.param(whole({"detail": "Not Found"}, status=404), id="FastAPI"),
        pytest.param(whole(b"", status=404), id="nothing"),
        pytest.param(whole({"detail": "Method Not Allowed"}, status=405), id="405"),
        pytest.param(whole({"error": {"message": "Not implemented"}}, status=501), id="501"),
        pytest.param(
            whole({"error": {"message": "Invalid URL (POST /v1/responses)"}}, status=404),
            id="OpenAI's words",
        ),
    ],
)
def test_a_server_without_responses_is_asked_in_chat_and_from_then_on(
    client: openai.OpenAI, upstream: FakeUpstream, refusal: Scripted
):
    answers(upstream, responses=refusal)

    first = client.responses.with_raw_response.create(model=MODEL, input="Hi")
    second = client.responses.create(model=MODEL, input="Hi again")

    assert first.parse().output_text == second.output_text == "Hello."
    assert paths(upstream) == ["/v1/responses", "/v1/chat/completions", "/v1/chat/completions"]
    assert upstream.asked[2].json["messages"] == [{"role": "user", "content": "Hi again"}]
    assert first.headers["x-purser-attempts"] == "1"
    rows = booked().order_by("at")
    assert [(row.status, row.input_tokens, row.output_tokens) for row in rows] == [(200, 9, 5)] * 2


def test_a_stream_is_answered_in_chat_too(client: openai.OpenAI, upstream: FakeUpstream):
    answers(upstream, responses=PAGE, chat=STREAM)

    with client.responses.stream(model=MODEL, input="Hi") as events:
        response = events.get_final_response()

    assert response.output_text == "Hello."
    assert response.usage is not None
    assert response.usage.total_tokens == 14
    assert booked().get().usage_source == "provider"


def test_what_chat_cannot_say_is_refused_by_name(client: openai.OpenAI, upstream: FakeUpstream):
    answers(upstream, responses=PAGE)

    with pytest.raises(openai.BadRequestError) as refusal:
        client.responses.create(model=MODEL, input="Hi", tools=[{"type": "web_search"}])

    assert (refusal.value.code, refusal.value.param) == ("unsupported_parameter", "tools[0]")
    assert paths(upstream) == ["/v1/responses"]


def test_an_unknown_model_is_not_an_unknown_path(client: openai.OpenAI, upstream: FakeUpstream):
    answers(upstream, responses=NO_SUCH_MODEL)

    with pytest.raises(openai.NotFoundError):
        client.responses.create(model=MODEL, input="Hi")

    assert paths(upstream) == ["/v1/responses"]


def test_an_unknown_response_is_not_an_unknown_path(client: openai.OpenAI, upstream: FakeUpstream):
    answers(upstream, responses=whole({"error": {"message": "Not found"}}, status=404))

    with pytest.raises(openai.NotFoundError):
        client.responses.create(model=MODEL, input="Hi", previous_response_id="resp_0")

    assert paths(upstream) == ["/v1/responses"]


def test_a_server_that_answers_neither_is_asked_afresh_each_time(
    client: openai.OpenAI, upstream: FakeUpstream
):
    answers(upstream, responses=PAGE, chat=NO_SUCH_MODEL)
    for _ in range(2):
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            client.responses.create(model=MODEL, input="Hi")

    assert paths(upstream) == ["/v1/responses", "/v1/chat/completions"] * 2


def test_thoughts_that_another_provider_signed_are_not_passed_on(
    client: openai.OpenAI, upstream: FakeUpstream
):
    """As after a fallback: the provider would refuse what it did not encrypt itself."""
    response = {"id": "resp_1", "object": "response", "status": "completed", "output": []}
    upstream.answers(whole({**response, "usage": {"input_tokens": 9, "output_tokens": 5}}))
    ours, theirs = (
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": content}
        for content in ('purser:{"signature":"s"}', "gAAAAABo")
    )
    hi: Any = {"role": "user", "content": "Hi"}

    raw = client.responses.with_raw_response.create(model=MODEL, input=[hi, ours, theirs, hi])

    assert upstream.asked[0].json["input"] == [hi, theirs, hi]
    assert raw.headers["x-purser-ignored"] == "input[].encrypted_content"
