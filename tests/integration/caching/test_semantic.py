"""Similar questions: judged, learned from, and answered when that is proven."""

import json
from decimal import Decimal

import pytest
from django.db import connection

from controlplane.caching.models import CacheEntry, CacheEvidence
from tests import catalog
from tests.integration.caching.conftest import COST_USD, RESET, RESET_TOO, proven, said
from tests.plane import booked

NULL = "Write a caption for this shoe. brand: null, colour: white"
NIKE = "Write a caption for this shoe. brand: Nike, colour: white"


@pytest.fixture
def sure():
    """A key that serves whatever no guard blocks and the score likes."""
    return catalog.key("vk-sure", cache_mode="semantic", cache_threshold=Decimal("0.7"))


def test_nothing_is_served_before_it_is_proven(similar, upstream):
    similar(RESET)

    assert similar(RESET_TOO).headers["x-purser-cache"] == "miss"
    assert len(upstream.asked) == 2


def test_a_near_miss_is_compared_with_its_fresh_answer(similar, upstream):
    similar(RESET)
    similar(RESET_TOO)
    upstream.answers(said("No idea, ask somebody else about 42 things."))
    similar("How could I reset my password?")

    found = CacheEvidence.objects.filter(virtual_key_id="vk-similar")
    assert sum(row.labels for row in found) == 2
    assert sum(row.wrong for row in found) == 1
    assert all(row.customer_id == "acme" and row.low >= 0.9 for row in found)


def test_what_is_proven_is_served_and_booked(similar, upstream, plane, no_audits):
    proven()
    similar(RESET)

    answered = similar(RESET_TOO)

    assert answered.headers["x-purser-cache"] == "semantic"
    assert float(answered.headers["x-purser-cache-score"]) > 0.9
    assert len(upstream.asked) == 1
    hit = booked().get(cache="semantic")
    assert (hit.cost_usd, hit.saved_usd) == (Decimal(0), Decimal(COST_USD))


def test_what_was_learned_to_be_wrong_is_not_served(similar, no_audits):
    proven()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE caching_cacheevidence SET wrong = labels / 2")
    similar(RESET)

    assert similar(RESET_TOO).headers["x-purser-cache"] == "miss"


def test_a_share_of_hits_is_asked_all_the_same(similar, sure, plane, upstream):
    plane.gateway.cache.semantic.audited_share = 1.0
    similar(RESET, key=sure)

    assert similar(RESET_TOO, key=sure).headers["x-purser-cache"] == "miss"
    assert CacheEvidence.objects.get(virtual_key_id="vk-sure").labels == 1


@pytest.mark.usefixtures("no_audits")
def test_a_key_may_name_its_threshold_and_a_request_another(similar, sure):
    similar(RESET, key=sure)
    strict = {"x-purser-cache-threshold": "1.0"}

    assert similar(RESET_TOO, key=sure, headers=strict).headers["x-purser-cache"] == "miss"
    again = "Please, how can I reset my password?"
    assert similar(again, key=sure).headers["x-purser-cache"] == "semantic"


@pytest.mark.usefixtures("no_audits")
@pytest.mark.parametrize("threshold", ["0", "-1", "2", "nan", "high", "9" * 5000])
def test_an_absurd_threshold_serves_nothing_similar(similar, sure, threshold):
    similar(RESET, key=sure)

    answered = similar(RESET_TOO, key=sure, headers={"x-purser-cache-threshold": threshold})

    assert answered.status_code == 200
    assert answered.headers["x-purser-cache"] == "miss"


@pytest.mark.usefixtures("no_audits")
@pytest.mark.parametrize(("stored", "asked"), [(NULL, NIKE), (NIKE, NULL)])
def test_the_shoe_without_a_brand_is_never_the_shoe_with_one(similar, stored, asked):
    key = catalog.key("vk-any", cache_mode="semantic", cache_threshold=Decimal("0.0001"))
    similar(stored, key=key)

    assert similar(asked, key=key).headers["x-purser-cache"] == "miss"


@pytest.mark.usefixtures("no_audits")
def test_another_scope_is_never_looked_at(similar, sure):
    similar(RESET, key=sure)
    system = {"role": "system", "content": "You are a pirate."}
    turn = {"role": "user", "content": RESET_TOO}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    shown = {"role": "user", "content": [{"type": "text", "text": RESET_TOO}, image]}
    rival = catalog.key(
        "vk-rival", customer_id="rival", cache_mode="semantic", cache_threshold=Decimal("0.5")
    )

    for more in (
        {"messages": [system, turn]},
        {"messages": [shown]},
        {"temperature": 0.3},
        {"headers": {"x-purser-cache-namespace": "other"}},
        {"key": rival},
    ):
        answered = similar(RESET_TOO, **{"key": sure, **more})
        assert answered.headers["x-purser-cache"] == "miss", more


@pytest.mark.usefixtures("no_audits")
@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
        {
            "messages": [
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": "Hello."},
                {"role": "user", "content": RESET},
            ]
        },
        {"messages": [{"role": "user", "content": "word " * 600}]},
    ],
)
def test_agents_conversations_and_long_texts_have_no_question(similar, sure, more):
    similar(key=sure, **more)

    assert not CacheEntry.objects.filter(virtual_key_id="vk-sure", scope__isnull=False).exists()


def test_an_exact_key_stores_no_question(ask):
    ask()

    (entry,) = CacheEntry.objects.all()
    assert (entry.scope, entry.embedding, entry.question_sealed) == (None, None, None)


def test_questions_are_sealed(similar):
    similar(RESET)

    rows = CacheEntry.objects.filter(scope__isnull=False)
    assert rows.exists()
    assert all(b"password" not in bytes(row.question_sealed) for row in rows)


@pytest.mark.usefixtures("no_audits")
def test_a_similar_question_is_answered_as_a_stream(similar, sure, http):
    similar(RESET, key=sure)
    turn = {"role": "user", "content": RESET_TOO}

    answered = http.post(
        "/v1/chat/completions",
        headers={"authorization": f"Bearer {sure}"},
        json={"model": "far/gpt-4o", "messages": [turn], "stream": True},
    )

    assert answered.headers["x-purser-cache"] == "semantic"
    assert answered.headers["content-type"].startswith("text/event-stream")
    last = json.loads(answered.text.split("\n\n")[-3].removeprefix("data: "))
    assert last["choices"][0]["finish_reason"] == "stop"


def test_what_is_known_of_a_key_is_told_with_its_interval(similar, alice, mallory):
    proven(labels=100)

    rows = alice.get("cache-evidence", virtual_key="vk-similar").json()["results"]

    assert len(rows) == 4
    assert (rows[0]["labels"], rows[0]["wrong_rate"]) == (100, 0.0)
    assert 0.02 < rows[0]["wrong_rate_upper"] < 0.03
    assert rows[0]["threshold"] == 0.9
    assert mallory.get("cache-evidence").json()["results"] == []


def test_what_is_not_proven_is_told_as_null(similar, alice):
    proven(labels=10)

    assert {row["threshold"] for row in alice.get("cache-evidence").json()["results"]} == {None}
