"""Streams through the gateway with the official SDK: what the client sees is what it asked for."""

import openai
import pytest

from tests import catalog
from tests.fakes.upstream import FakeUpstream, stream
from tests.plane import Plane, booked

PIECES = [
    b'data: {"id": "c", "choices": [{"index": 0, "delta": {"role": "assistant"}}], "x": 1}\n\n',
    b'data: {"id": "c", "choices": [{"index": 0, "delta": {"content": "Hel"}}]}\n\n',
    b'data: {"id": "c", "choices": [{"index": 0, "delta": {"content": "lo"}}]}\n\n',
    b'data: {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n',
]
USAGE = b'data: {"id": "c", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}}\n\n'  # noqa: E501
DONE = b"data: [DONE]\n\n"
MESSAGES = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def client(plane: Plane, upstream: FakeUpstream) -> openai.OpenAI:
    secret = catalog.callable_model(base_url=upstream.url)
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(stream([*PIECES, USAGE, DONE]))
    return openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0)


def test_a_client_that_did_not_ask_for_usage_sees_none_and_it_is_booked(client: openai.OpenAI):
    with client.chat.completions.create(
        model="far/gpt-4o", messages=MESSAGES, stream=True
    ) as chunks:
        seen = list(chunks)

    assert "".join(entry.choices[0].delta.content or "" for entry in seen) == "Hello"
    assert all(entry.usage is None and entry.choices for entry in seen)
    record = booked().get()
    assert (record.input_tokens, record.output_tokens, record.streamed) == (9, 2, True)
    assert record.usage_source == "provider"
    assert record.ttft_ms is not None


def test_a_client_that_asked_for_usage_gets_the_providers_chunk(client: openai.OpenAI):
    with client.chat.completions.create(
        model="far/gpt-4o",
        messages=MESSAGES,
        stream=True,
        stream_options={"include_usage": True},
    ) as chunks:
        last = list(chunks)[-1]

    assert last.usage is not None
    assert last.usage.total_tokens == 11


def test_fields_nobody_knows_survive_both_ways(client: openai.OpenAI, upstream: FakeUpstream):
    extra = {"provider_knob": {"deep": [1, 2.50, None]}}
    with client.chat.completions.create(
        model="far/gpt-4o", messages=MESSAGES, stream=True, extra_body=extra
    ) as chunks:
        first = next(iter(chunks))

    assert first.model_extra == {"x": 1}
    sent = upstream.asked[0].body
    assert b'"provider_knob":{"deep":[1,2.5,null]}' in sent.replace(b" ", b"")


def test_usage_in_the_last_chunk_with_choices_is_read_and_passed_on(
    client: openai.OpenAI, upstream: FakeUpstream
):
    last = PIECES[-1].replace(
        b'"id": "c"', b'"usage": {"prompt_tokens": 4, "completion_tokens": 1}'
    )
    upstream.answers(stream([*PIECES[:-1], last, DONE]))

    with client.chat.completions.create(
        model="far/gpt-4o", messages=MESSAGES, stream=True
    ) as chunks:
        assert list(chunks)[-1].usage is not None
    assert booked().get().input_tokens == 4


def test_cumulative_usage_in_every_chunk_is_not_added_up(
    client: openai.OpenAI, upstream: FakeUpstream
):
    pieces = [
        b'data: {"choices": [{"index": 0, "delta": {"content": "a"}}], '
        b'"usage": {"prompt_tokens": 4, "completion_tokens": %d}}\n\n' % count
        for count in (1, 2, 3)
    ]
    upstream.answers(stream([*pieces, PIECES[-1]]))

    with client.chat.completions.create(
        model="far/gpt-4o", messages=MESSAGES, stream=True
    ) as chunks:
        list(chunks)
    record = booked().get()
    assert (record.input_tokens, record.output_tokens) == (4, 3)


def test_a_stream_without_any_usage_is_estimated_and_marked(
    client: openai.OpenAI, upstream: FakeUpstream
):
    upstream.answers(stream([*PIECES, DONE]))

    with client.chat.completions.create(
        model="far/gpt-4o", messages=MESSAGES, stream=True
    ) as chunks:
        list(chunks)
    record = booked().get()
    assert record.usage_source == "estimated"
    assert record.output_tokens > 0
