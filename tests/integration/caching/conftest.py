"""A key whose answers are cached, a far end that answers, and clients of each dialect."""

import copy

import anthropic
import httpx
import openai
import pytest

from tests.fakes.upstream import whole

HELLO = [{"role": "user", "content": "How do I reset my password?"}]
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "gpt-4o-2024-08-06",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Open the settings, then security. " * 4},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
}
RESET, RESET_TOO = "How do I reset my password?", "How can I reset my password?"
COST_USD = "0.0035"
"""Of that, at the prices of `tests/catalog.py`."""


@pytest.fixture
def plane(start_plane):
    """On a machine that is busy with tests, a database may take its time."""
    return start_plane(cache_read_seconds=10.0)


@pytest.fixture
def secret(plane, upstream):
    from tests import catalog  # needs the apps, which pytest's configuration sets up

    catalog.priced_model(of=catalog.provider(base_url=f"{upstream.url}/v1"))
    upstream.answers(whole(ANSWER))
    plane.wait_for_catalog("far/gpt-4o")
    return catalog.key(cache_mode="exact")


@pytest.fixture
def ask(plane, http, secret):
    """Asks as a plain client, and waits until the cache has what it is to have."""

    def ask(body=None, *, key=secret, path="chat/completions", headers=None, **more):
        asked = {"model": "far/gpt-4o", "messages": HELLO, **more} if body is None else None
        answered = http.post(
            f"/v1/{path}",
            headers={"authorization": f"Bearer {key}", **(headers or {})},
            **({"json": asked} if body is None else {"content": body}),
        )
        plane.wait_until(lambda: not plane.gateway.cache.waiting)
        return answered

    return ask


@pytest.fixture
def claude(plane, upstream):
    """A key whose model is Claude, spoken to in any dialect."""
    from tests import catalog

    catalog.callable_model("claude-sonnet-4-5", base_url=upstream.url, kind="anthropic")
    plane.wait_for_catalog("far/claude-sonnet-4-5")
    return catalog.key("vk-cached", cache_mode="exact")


@pytest.fixture
def of_openai(plane):
    clients = []

    def client(key):
        transport = httpx.Client(timeout=30)
        clients.append(
            openai.OpenAI(
                base_url=f"{plane.url}/v1", api_key=key, max_retries=0, http_client=transport
            )
        )
        return clients[-1]

    yield client
    for each in clients:
        each.close()


@pytest.fixture
def of_anthropic(plane, claude):
    with anthropic.Anthropic(base_url=plane.url, api_key=claude, max_retries=0) as client:
        yield client


def said(text):
    answer = copy.deepcopy(ANSWER)
    answer["choices"][0]["message"]["content"] = text
    return whole(answer)


def proven(virtual_key="vk-similar", labels=400):
    """As if so many near misses had been right."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO caching_cacheevidence (customer_id, virtual_key_id, embedder, bin, low,"
            " labels, wrong, updated_at)"
            " SELECT 'acme', %s, 'wordllama/l2_supercat_256', bin, 0.9, %s, 0, now()"
            " FROM generate_series(4, 7) AS bin",
            [virtual_key, labels],
        )


@pytest.fixture
def similar(ask, plane, secret, upstream):
    """Asks one question of a key whose cache is semantic; its embedder is loaded."""
    from tests import catalog

    key = catalog.key("vk-similar", cache_mode="semantic")

    def similar(text=RESET, *, key=key, **more):
        turns = more.pop("messages", [{"role": "user", "content": text}])
        answered = ask(key=key, messages=turns, **more)
        plane.wait_until(lambda: not plane.gateway.cache.waiting)
        return answered

    similar("Loads the embedder.")
    plane.wait_until(lambda: plane.gateway.cache.lexicon.is_ready)
    upstream.asked.clear()
    return similar


@pytest.fixture
def no_audits(plane):
    plane.gateway.cache.semantic.audited_share = 0.0
