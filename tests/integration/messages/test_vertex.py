"""Claude at Vertex AI, for clients of its own dialect and of others (synthetic)."""

from typing import Any

import anthropic
import openai
import pytest

from tests import catalog
from tests.fakes import google
from tests.fakes.upstream import FakeUpstream
from tests.integration.responses import claude
from tests.plane import Plane, booked

NAME = "claude-sonnet-4-5@20250929"
PLACE = f"/v1/projects/{google.PROJECT}/locations/{google.REGION}/publishers/anthropic/models"
HELLO: Any = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def model(plane: Plane, upstream: FakeUpstream) -> str:
    row = google.callable_model("vertex", NAME, upstream.url)
    plane.wait_for_catalog(row.id)
    return row.id


def usage_is_of_record() -> None:
    row = booked().get()
    assert (row.input_tokens, row.cached_input_tokens, row.cache_write_tokens) == (24, 8, 4)
    assert (row.output_tokens, row.usage_source) == (30, "provider")


@pytest.mark.parametrize("streamed", [False, True])
def test_messages_pass_through(streamed: bool, model: str, plane: Plane, upstream: FakeUpstream):
    said = claude.streamed if streamed else claude.answer
    upstream.script = google.Answering(said(claude.THOUGHT, claude.text("Hello.")))

    with anthropic.Anthropic(base_url=plane.url, api_key=catalog.key()) as client:
        asked: dict[str, Any] = {"model": model, "max_tokens": 100, "messages": HELLO}
        if streamed:
            with client.messages.stream(**asked) as stream:
                message = stream.get_final_message()
        else:
            message = client.messages.create(**asked)

    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[0].model_dump() == claude.THOUGHT
    verb = "streamRawPredict" if streamed else "rawPredict"
    sent = upstream.asked[-1]
    assert sent.path == f"{PLACE}/{NAME}:{verb}"
    assert sent.headers["authorization"].startswith("Bearer ")
    body = {"max_tokens": 100, "messages": HELLO, "anthropic_version": "vertex-2023-10-16"}
    assert sent.json == {**body, **({"stream": True} if streamed else {})}
    usage_is_of_record()


@pytest.mark.parametrize("streamed", [False, True])
def test_chat_is_written_as_messages(
    streamed: bool, model: str, plane: Plane, upstream: FakeUpstream
):
    said = claude.streamed if streamed else claude.answer
    upstream.script = google.Answering(said(claude.text("Hello."), claude.WEATHER))

    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=catalog.key()) as client:
        if streamed:
            chunks = list(client.chat.completions.create(model=model, messages=HELLO, stream=True))
            text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        else:
            answer = client.chat.completions.create(model=model, messages=HELLO)
            text = answer.choices[0].message.content or ""

    assert text == "Hello."
    sent = upstream.asked[-1].json
    assert "model" not in sent
    assert sent["max_tokens"] == 16_384
    assert sent["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]
    usage_is_of_record()
