"""What the cache tells of itself: why, how much it saved, how often it was wrong."""

import asyncio
from decimal import Decimal

import pytest
from django.db import connection

from controlplane.caching.models import CacheEvidence, CacheOutcome
from tests import catalog, pages
from tests.fakes.upstream import whole
from tests.integration.caching.conftest import ANSWER, COST_USD, RESET, RESET_TOO, proven, said
from tests.integration.caching.test_trouble import many
from tests.plane import booked

WHY = {"x-purser-cache-explain": "on"}


def outcomes(key="vk-similar"):
    rows = CacheOutcome.objects.filter(virtual_key_id=key, lookups__gt=0)
    return {(row.result, row.reason): row for row in rows}


def test_each_look_up_says_why_to_who_asks(similar):
    first = similar(RESET, headers=WHY)
    near = similar(RESET_TOO, headers=WHY)
    blocked = similar(f"{RESET} I ordered 5.", headers=WHY)
    again = similar(RESET, headers=WHY)

    assert first.headers["x-purser-cache-reason"] == "nothing similar stored"
    assert near.headers["x-purser-cache-reason"].startswith("not yet proven: score 0.9")
    assert (
        "guard: numbers: blocked by numbers: asked has 5"
        in blocked.headers["x-purser-cache-reason"]
    )
    assert again.headers["x-purser-cache-reason"] == "the same request"
    assert "x-purser-cache-reason" not in similar(RESET).headers
    assert {reason for _, reason in outcomes()} >= {"guard: numbers", "not yet proven"}


@pytest.mark.usefixtures("no_audits")
def test_a_target_of_the_keys_own_takes_its_own_proof(similar):
    lax = catalog.key("vk-lax", cache_mode="semantic", cache_target_error=Decimal("0.2"))
    proven("vk-lax", labels=20)
    proven(labels=20)
    similar(RESET, key=lax)
    similar(RESET)

    assert similar(RESET_TOO, key=lax).headers["x-purser-cache"] == "semantic"
    assert similar(RESET_TOO).headers["x-purser-cache"] == "miss"


@pytest.mark.usefixtures("no_audits")
def test_a_key_in_shadow_serves_nothing_and_knows_what_it_would_have(similar, upstream, alice):
    key = catalog.key("vk-shadow", cache_mode="shadow", cache_threshold=Decimal("0.5"))
    similar(RESET, key=key)

    same, near = similar(RESET, key=key), similar(RESET_TOO, key=key, headers=WHY)

    assert (same.headers["x-purser-cache"], near.headers["x-purser-cache"]) == ("miss", "miss")
    assert near.headers["x-purser-cache-reason"].startswith("only watched")
    assert len(upstream.asked) == 3
    found = outcomes("vk-shadow")
    assert found["shadow", "the same request"].saved_usd == Decimal(COST_USD)
    learned = CacheEvidence.objects.get(virtual_key_id="vk-shadow")
    assert (learned.labels, learned.wrong, learned.saved_usd) == (1, 0, Decimal(COST_USD))
    told = alice.get("cache-outcomes", virtual_key="vk-shadow", result="shadow").json()["results"]
    assert [row["saved_usd"] for row in told] == [COST_USD]


def test_a_hit_that_was_asked_all_the_same_is_a_cost(similar, plane):
    plane.gateway.cache.semantic.audited_share = 1.0
    proven()
    similar(RESET)

    similar(RESET_TOO)

    assert outcomes()["miss", "asked all the same"].audit_usd == Decimal(COST_USD)


def test_endpoints_that_a_key_does_not_name_are_cached_when_asked_to(ask):
    key = catalog.key("vk-some", cache_mode="exact", cache_endpoints=["responses"])

    assert ask(key=key).headers["x-purser-cache"] == "off"
    assert ask(key=key, headers={"x-purser-cache": "on"}).headers["x-purser-cache"] == "miss"
    assert ask(key=key, headers={"x-purser-cache": "on"}).headers["x-purser-cache"] == "exact"


@pytest.mark.usefixtures("no_audits")
def test_conversations_are_answered_by_similarity_only_where_a_key_says_so(similar):
    key = catalog.key(
        "vk-talks",
        cache_mode="semantic",
        cache_threshold=Decimal("0.5"),
        cache_conversations=True,
    )
    before = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    turns = [[*before, {"role": "user", "content": text}] for text in (RESET, RESET_TOO)]
    similar(key=key, messages=turns[0])

    assert similar(key=key, messages=turns[1][1:]).headers["x-purser-cache"] == "miss"
    assert similar(key=key, messages=turns[1]).headers["x-purser-cache"] == "semantic"


OPINIONS = [("Same.", 0), ("DIFFERENT", 1), ("SAME or DIFFERENT?", 1)]


@pytest.mark.parametrize(("opinion", "wrong"), OPINIONS)
def test_a_judge_is_asked_where_answers_differ_in_words(similar, upstream, plane, opinion, wrong):
    key = catalog.key("vk-judged", cache_mode="semantic", cache_judge="far/gpt-4o")
    similar(RESET, key=key)

    def script(asked):
        is_judge = "You compare two answers" in asked.json["messages"][0]["content"]
        return said(opinion) if is_judge else said("Click on the lock and choose another one.")

    upstream.script = script
    similar(RESET_TOO, key=key)
    plane.wait_until(lambda: not plane.gateway.cache.waiting)

    learned = CacheEvidence.objects.get(virtual_key_id="vk-judged")
    assert (learned.labels, learned.wrong) == (1, wrong)
    record = booked().get(metadata={"purser_cache": "judge"})
    assert (record.virtual_key_id, record.cache) == ("vk-judged", "off")
    assert outcomes("vk-judged")["miss", "not yet proven"].judge_usd == record.cost_usd > 0


def test_identical_misses_of_two_processes_make_one_call(start_plane, plane, secret, upstream):
    answer = whole(ANSWER)
    answer.delay_seconds = 0.3
    upstream.script = lambda _: answer
    other = start_plane(cache_read_seconds=10.0)
    other.wait_for_catalog("far/gpt-4o")
    body = {"model": "far/gpt-4o", "messages": [{"role": "user", "content": "Once?"}]}

    async def both():
        halves = (many(each, secret, [body] * 20) for each in (plane, other))
        return [each for half in await asyncio.gather(*halves) for each in half]

    answers = asyncio.run(both())

    assert len(upstream.asked) == 1
    assert sorted({answered.headers["x-purser-cache"] for answered in answers}) == ["exact", "miss"]
    assert booked().filter(cache="exact").count() == 39


def test_a_dead_process_holds_nobody_up(ask, plane):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO caching_cachelease SELECT sha256(n::text::bytea), 'dead',"
            " now() - interval '1 second' FROM generate_series(1, 3) n"
        )

    assert ask().headers["x-purser-cache"] == "miss"
    assert ask().headers["x-purser-cache"] == "exact"


@pytest.fixture
def browser(database):
    client = pages.browser()
    pages.make_member("anna", role="admin")
    pages.sign_in(client, "anna")
    return client


@pytest.mark.usefixtures("quick_passwords")
def test_the_page_says_what_is_lacking_and_takes_answers_out(similar, browser):
    proven(labels=10)
    similar(RESET)

    page = browser.get("/cache/?virtual_key=vk-similar&period=30d").content.decode()
    posted = browser.post("/cache/", {"virtual_key": "vk-similar"}, follow=True)

    assert "not yet proven: 40 of about 122 comparisons" in page
    assert "Nothing similar stored" in page
    assert b"stored answers were taken out" in posted.content
    assert similar(RESET).headers["x-purser-cache"] == "miss"


def test_a_verdict_can_be_asked_for(alice, database):
    judged = alice.post("cache-verdicts", {"stored": RESET, "asked": f"{RESET} 5?"}).json()

    assert (judged["guard"], judged["is_served"]) == ("numbers", False)
