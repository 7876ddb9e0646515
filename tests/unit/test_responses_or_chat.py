"""What is remembered of servers that know only chat completions, and for how long."""

import httpx
import pytest

from dataplane.dialects.responses.dialect import Responses
from dataplane.providers.base import AskAgain, Reply, WireFormat
from dataplane.providers.openai import OpenAI
from dataplane.providers.openai_conversing import OpenAIConversing
from dataplane.request import Endpoint
from dataplane.translation import responses_or_chat
from dataplane.translation.responses_or_chat import ResponsesOrChat
from dataplane.translation.translated import Translated
from tests.estimates import call, deployment

REQUEST = call({"model": "m", "input": "Hi"}, Endpoint.RESPONSES)
PAGE = Reply(404, httpx.Headers(), b"404 page not found")
ANSWER = Reply(
    200,
    httpx.Headers(),
    b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{}}',
)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def servers(clock: Clock) -> ResponsesOrChat:
    openai = OpenAI()
    return ResponsesOrChat(openai, Translated(Responses(), OpenAIConversing(openai)), clock)


async def path(wire: WireFormat, model: str = "m") -> str:
    request = await wire.request(REQUEST, deployment(model=model))
    return httpx.URL(request.url).path


def learn(servers: ResponsesOrChat, model: str = "m") -> None:
    """One attempt at a server that has only chat."""
    wire = servers.attempt(deployment(model=model))
    with pytest.raises(AskAgain):
        wire.refusal(PAGE, REQUEST, ())
    wire.read_answer(REQUEST, ANSWER)


async def test_a_model_that_answered_in_chat_is_asked_in_it_for_an_hour(servers, clock):
    learn(servers)
    assert await path(servers.attempt(deployment(model="m"))) == "/chat/completions"
    assert await path(servers.attempt(deployment(model="other")), "other") == "/responses"

    clock.seconds += responses_or_chat.REMEMBERED_SECONDS
    assert await path(servers.attempt(deployment(model="m"))) == "/responses"


async def test_a_model_is_asked_in_chat_once_though_it_did_not_answer_in_it(servers):
    wire = servers.attempt(deployment(model="m"))
    with pytest.raises(AskAgain):
        wire.refusal(PAGE, REQUEST, ())

    assert await path(wire) == "/chat/completions"
    assert b"upstream_refused" in wire.refusal(PAGE, REQUEST, ())
    assert await path(servers.attempt(deployment(model="m"))) == "/responses"


async def test_what_is_remembered_is_bounded(servers):
    for number in range(responses_or_chat.REMEMBERED_MAX + 1):
        servers.remember(("https://a.example", str(number)))
    learn(servers)

    assert await path(servers.attempt(deployment(model="m"))) == "/chat/completions"
    assert not servers.knows_only_chat(("https://a.example", "0"))
