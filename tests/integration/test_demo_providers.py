"""The demo as people meet it: any SDK, over any dialect of the simulator, and an outage."""

from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest

from controlplane.runtime.bootstrap.demo_providers import IDS, ensure_providers
from controlplane.simulator.wording import NOTICE
from tests import catalog
from tests.fakes.simulator import RunningSimulator
from tests.plane import Plane, booked

ECHO = f"{NOTICE} You said: Hello!"
HELLO: Any = [{"role": "user", "content": "Hello!"}]
TOOL = {
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
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


@pytest.fixture
def secret(database: str, simulator: RunningSimulator) -> str:
    ensure_providers(simulator.url)
    return catalog.key()


@pytest.fixture
def chat(secret: str, start_plane: Callable[..., Plane]) -> Iterator[openai.OpenAI]:
    plane = start_plane()
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret, max_retries=0) as client:
        yield client


@pytest.fixture
def claude(chat: openai.OpenAI, secret: str) -> Iterator[anthropic.Anthropic]:
    url = str(chat.base_url).removesuffix("/v1/")
    with anthropic.Anthropic(base_url=url, api_key=secret, max_retries=0) as client:
        yield client


def test_chat_is_answered_by_every_dialect(chat: openai.OpenAI) -> None:
    for provider in IDS:
        whole = chat.chat.completions.create(model=f"{provider}/echo", messages=HELLO)
        chunks = list(
            chat.chat.completions.create(model=f"{provider}/echo", messages=HELLO, stream=True)
        )

        assert whole.choices[0].message.content == ECHO, provider
        pieces = (chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert "".join(pieces) == ECHO, provider
        spent = set(
            booked()
            .filter(provider=provider)
            .values_list("input_tokens", "output_tokens", "usage_source")
        )
        assert len(spent) == 1, provider
        assert spent.pop()[1:] == (whole.usage.completion_tokens, "provider"), provider


def test_responses_and_messages_are_answered_by_every_dialect(
    chat: openai.OpenAI, claude: anthropic.Anthropic
) -> None:
    for provider in IDS:
        response = chat.responses.create(model=f"{provider}/echo", input="Hello!")
        message = claude.messages.create(model=f"{provider}/echo", max_tokens=500, messages=HELLO)

        assert response.output_text == ECHO, provider
        assert message.content[0].text == ECHO, provider


def test_tools_are_called_in_every_dialect(chat: openai.OpenAI) -> None:
    tools: Any = [{"type": "function", "function": TOOL}]
    for provider in IDS:
        answer = chat.chat.completions.create(
            model=f"{provider}/echo", messages=HELLO, tools=tools, tool_choice="required"
        ).choices[0]

        assert answer.finish_reason == "tool_calls", provider
        call = answer.message.tool_calls[0].function
        assert (call.name, call.arguments) == ("get_weather", '{"city":"example"}'), provider


def test_texts_become_vectors_in_both_dialects_that_have_them(chat: openai.OpenAI) -> None:
    first, second = (
        chat.embeddings.create(model=f"{provider}/embed", input=["a text"], dimensions=16)
        for provider in ("demo", "demo-gemini")
    )

    assert first.data[0].embedding == pytest.approx(second.data[0].embedding)


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "status", "status": 529},
        {"fault": "refuse"},
        {"fault": "reset_mid_header"},
        {"fault": "garbage"},
    ],
)
def test_nobody_notices_an_outage_of_all_dialects_but_one(
    chat: openai.OpenAI, simulator: RunningSimulator, fault: dict[str, Any]
) -> None:
    for dialect in ("openai", "anthropic", "bedrock", "vertex"):
        simulator.script(dialect=dialect, **fault)

    for streamed in (False, True):
        answer = chat.chat.completions.with_raw_response.create(
            model="demo-any", messages=HELLO, stream=streamed
        )
        assert answer.headers["x-purser-provider"] == "demo-gemini"


def test_a_model_that_fails_fails(chat: openai.OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as failed:
        chat.chat.completions.create(model="demo/fail-529", messages=HELLO)

    assert failed.value.status_code == 502
