"""Questions embedded by a model that is asked for it: its cost, its failures, its vectors."""

import time
from decimal import Decimal

import pytest
from django.db import connection

from controlplane.caching.models import CacheEntry, CacheOutcome
from tests import catalog
from tests.fakes.upstream import whole
from tests.integration.caching.conftest import ANSWER, COST_USD, HELLO
from tests.plane import booked

NEAR = [{"role": "user", "content": "How can I reset my password?"}]
EMBEDDER = "far/text-embedding-3-small"
TOKENS = 10


def embedding(vector=(1.0, 0.5, 0.25)):
    data = [{"object": "embedding", "index": 0, "embedding": list(vector)}]
    usage = {"prompt_tokens": TOKENS, "total_tokens": TOKENS}
    return whole({"object": "list", "data": data, "model": "e", "usage": usage})


@pytest.fixture
def embeds(upstream, secret, plane):
    """The far end answers both: what `embeds.answer` is set to, and chats."""

    class Embeds:
        answer = embedding()

    def script(asked):
        return Embeds.answer if asked.path.endswith("/embeddings") else whole(ANSWER)

    upstream.script = script
    catalog.priced_model("text-embedding-3-small", of=catalog.Provider.objects.get(pk="far"))
    plane.wait_for_catalog(EMBEDDER)
    plane.gateway.cache.semantic.audited_share = 0.0
    return Embeds


@pytest.fixture
def key(embeds, ask, plane):
    made = catalog.key(
        "vk-embeds",
        cache_mode="semantic",
        cache_threshold=Decimal("0.0001"),
        cache_embedder=EMBEDDER,
    )
    ask(key=made, messages=[{"role": "user", "content": "Loads the words."}])
    plane.wait_until(lambda: plane.gateway.cache.lexicon.is_ready)
    return made


def test_a_hit_costs_its_embedding_and_the_books_agree(ask, key, upstream):
    ask(key=key)
    upstream.asked.clear()

    answered = ask(key=key, messages=NEAR)

    assert answered.headers["x-purser-cache"] == "semantic"
    assert answered.headers["x-purser-cache-similarity"] == "1.000"
    assert [asked.path for asked in upstream.asked] == ["/v1/embeddings"]
    hit = booked().get(cache="semantic")
    assert hit.cost_usd == Decimal(answered.headers["x-purser-cost-usd"]) > 0
    assert (hit.saved_usd, hit.attempts) == (Decimal(COST_USD), [])
    spent = CacheOutcome.objects.get(virtual_key_id="vk-embeds", result="semantic")
    assert (spent.embedding_usd, spent.saved_usd) == (hit.cost_usd, Decimal(COST_USD))


def test_a_miss_costs_its_embedding_beside_its_answer(ask, key):
    ask(key=key)

    embedded = booked().filter(virtual_key_id="vk-embeds", cache="miss").latest("at")
    cost_usd = Decimal(COST_USD) + TOKENS * catalog.INPUT_USD_PER_MTOK / 1_000_000
    assert embedded.cost_usd == cost_usd
    assert embedded.token_details["other_input"] == TOKENS


@pytest.mark.parametrize(
    "answer",
    [
        whole({"error": {"message": "no"}}, status=500),
        whole({"data": []}),
        embedding([]),
        embedding([0.0, 0.0, 0.0]),
        whole({"data": [{"embedding": ["NaN"]}]}),
    ],
    ids=["failing", "nothing", "empty", "zero", "no number"],
)
def test_a_vector_that_is_none_is_a_miss(ask, key, embeds, answer):
    ask(key=key)
    embeds.answer = answer

    answered = ask(key=key, messages=NEAR, headers={"x-purser-cache-explain": "on"})

    assert (answered.status_code, answered.headers["x-purser-cache"]) == (200, "miss")
    assert answered.headers["x-purser-cache-reason"] == "not embedded"


def test_vectors_of_other_dimensions_never_meet(ask, key, embeds):
    ask(key=key)
    embeds.answer = embedding([1.0, 0.5, 0.25, 0.125])

    assert ask(key=key, messages=NEAR).headers["x-purser-cache"] == "miss"
    rows = CacheEntry.objects.filter(virtual_key_id="vk-embeds", dimensions__isnull=False)
    assert {row.dimensions for row in rows} == {3, 4}


def test_another_embedder_never_finds_the_vectors_of_the_first(ask, key):
    ask(key=key)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE caching_cacheentry SET embedder = 'far/other other'")

    assert ask(key=key, messages=NEAR).headers["x-purser-cache"] == "miss"


def test_an_embedder_that_is_slow_is_a_miss_in_time(ask, key, embeds, plane):
    ask(key=key)
    embeds.answer = embedding()
    embeds.answer.delay_seconds = 5.0
    began = time.monotonic()

    answered = ask(key=key, messages=NEAR)

    assert answered.headers["x-purser-cache"] == "miss"
    assert time.monotonic() - began < 4.5


def test_an_exact_hit_asks_no_embedder(ask, key, upstream):
    ask(key=key, messages=HELLO)
    upstream.asked.clear()

    assert ask(key=key, messages=HELLO).headers["x-purser-cache"] == "exact"
    assert upstream.asked == []
