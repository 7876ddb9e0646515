"""The benchmark's stub and load generator against each other, and the stub's dialect."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import openai
import pytest

from tests.bench import exchange
from tests.bench.exchange import Call
from tests.bench.load.loops import closed_loop, open_loop
from tests.bench.load.target import Target
from tests.bench.stub import Stub


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield Target(f"http://127.0.0.1:{port}/v1/chat/completions", headers={"x-test": "1"})
    server.close()


@pytest.fixture
async def sdk(target: Target) -> AsyncIterator[openai.AsyncOpenAI]:
    base_url = target.url.removesuffix("/chat/completions")
    async with openai.AsyncOpenAI(base_url=base_url, api_key="k", max_retries=0) as client:
        yield client


def asked(call: Call) -> dict[str, object]:
    fields: dict[str, object] = json.loads(exchange.request_body(call, exchange.MODEL))
    return fields


async def test_an_official_sdk_reads_the_answer(sdk: openai.AsyncOpenAI):
    answer = await sdk.chat.completions.create(**asked(Call(42)))
    assert answer.choices[0].message.content.startswith("answer-0000000042 ")
    assert answer.usage.total_tokens == exchange.PROMPT_TOKENS + exchange.ANSWER_TOKENS


async def test_an_official_sdk_reads_the_stream(sdk: openai.AsyncOpenAI):
    chunks = [chunk async for chunk in await sdk.chat.completions.create(**asked(Call(42, 3)))]
    texts = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert [text[:21] for text in texts] == [f"tick-0000000042-{place:05d}" for place in range(3)]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens == 3


async def test_usage_is_only_streamed_when_asked_for(sdk: openai.AsyncOpenAI):
    fields = asked(Call(42, 2)) | {"stream_options": {"include_usage": False}}
    chunks = [chunk async for chunk in await sdk.chat.completions.create(**fields)]
    assert all(chunk.usage is None for chunk in chunks)


async def test_a_gateway_that_drops_the_wish_to_stream_gets_no_stream(target: Target):
    body = exchange.request_body(Call(42, 3), exchange.MODEL).replace(b"true", b"false")
    async with httpx.AsyncClient() as client:
        answer = await client.post(target.url, content=body)
        assert answer.headers["content-type"] == "application/json"
        assert (await client.post(target.url, content=b"{}")).status_code == 400


async def test_a_closed_loop_makes_as_many_calls_as_allowed(target: Target):
    tally, per_second = await closed_loop(target, Call, connections=3, seconds=30, calls_max=50)
    assert (tally.right, tally.faults.total()) == (50, 0)
    assert per_second > 0


async def test_an_open_loop_makes_every_call_of_its_schedule(target: Target):
    tally, lateness = await open_loop(
        target, Call, rate=1000, total=100, connections_max=10, connections=2
    )
    assert (tally.right, tally.faults.total(), len(lateness)) == (100, 0, 100)


async def test_streams_are_counted_piece_by_piece(target: Target):
    def make(number: int) -> Call:
        return Call(number, pieces=5, pause_us=1000)

    tally, _ = await open_loop(
        target, make, rate=1000, total=20, connections_max=20, connections=20
    )
    assert (tally.right, tally.pieces, len(tally.delays)) == (20, 100, 100)


async def test_calls_to_nobody_are_faults(target: Target):
    closed = Target("http://127.0.0.1:1/v1/chat/completions")
    tally, _ = await open_loop(closed, Call, rate=1000, total=5, connections_max=5, connections=0)
    assert tally.faults == {"no connection": 5}
