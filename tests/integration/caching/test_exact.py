"""The same request again: what is the same, what is another, and what is in the books."""

import copy
import json
from decimal import Decimal

import pytest

from controlplane.caching.models import CacheEntry
from tests import builders, catalog
from tests.fakes.upstream import whole
from tests.integration.caching.conftest import ANSWER, COST_USD, HELLO
from tests.plane import booked


def test_the_second_time_nobody_is_asked(ask, upstream):
    first, second = ask(), ask()

    assert first.headers["x-purser-cache"] == "miss"
    assert second.headers["x-purser-cache"] == "exact"
    assert second.headers["x-purser-provider"] == "far"
    assert second.content == first.content
    assert len(upstream.asked) == 1


def test_a_hit_costs_nothing_and_says_what_it_saved(ask):
    ask()
    ask()

    missed, hit = booked().order_by("at")
    assert (missed.cache, hit.cache) == ("miss", "exact")
    assert missed.cost_usd == Decimal(COST_USD)
    assert (hit.cost_usd, hit.saved_usd) == (Decimal(0), Decimal(COST_USD))
    assert (hit.provider, hit.model, hit.input_tokens, hit.attempts) == ("far", "gpt-4o", 0, [])


def test_order_white_space_and_escapes_do_not_matter(ask, upstream):
    ask(temperature=1)
    again = (
        b'{ "temperature" : 1.0,\n "messages": [{"content":"How do I reset my p\\u0061ssword?",'
        b' "role": "user"}], "user": null, "model":"far/gpt-4o"}'
    )

    assert ask(again).headers["x-purser-cache"] == "exact"


@pytest.mark.parametrize(
    "more",
    [
        {"temperature": 0.5},
        {"seed": 1},
        {"messages": [{"role": "system", "content": "Be brief."}, *HELLO]},
        {"messages": [{"role": "user", "content": "How do I reset my password ?"}]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
        {"response_format": {"type": "json_object"}},
        {"n": 2},
    ],
)
def test_what_changes_the_answer_is_another_request(ask, upstream, more):
    ask()

    assert ask(**more).headers["x-purser-cache"] == "miss"
    assert len(upstream.asked) == 2


def test_another_image_is_another_request(ask, upstream):
    def shown(data):
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
        return [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]

    ask(messages=shown("iVBORw0KGgo="))

    assert ask(messages=shown("iVBORw0KGgp=")).headers["x-purser-cache"] == "miss"
    assert ask(messages=shown("iVBORw0KGgo=")).headers["x-purser-cache"] == "exact"


@pytest.mark.parametrize("more", [{"user": "u-1"}, {"metadata": {"a": "b"}}, {"store": False}])
def test_what_only_files_it_is_the_same_request(ask, more):
    ask()

    assert ask(**more).headers["x-purser-cache"] == "exact"


def test_another_customer_gets_nothing_of_it(ask, upstream):
    ask()
    other = catalog.key("vk-rival", customer_id="rival", cache_mode="exact")

    assert ask(key=other).headers["x-purser-cache"] == "miss"
    assert len(upstream.asked) == 2


def test_another_key_of_the_customer_does(ask):
    ask()

    other = catalog.key("vk-2", cache_mode="exact")

    assert ask(key=other).headers["x-purser-cache"] == "exact"


def test_a_key_without_a_cache_leaves_nothing_behind(ask, upstream):
    plain = catalog.key("vk-plain")

    assert [ask(key=plain).headers["x-purser-cache"] for _ in range(2)] == ["off", "off"]
    assert not CacheEntry.objects.exists()
    assert ask(key=plain, headers={"x-purser-cache": "on"}).headers["x-purser-cache"] == "off"


def test_namespaces_of_keys_and_requests_are_apart(ask):
    ask()
    named = catalog.key("vk-named", cache_mode="exact", cache_namespace="shop")
    header = {"x-purser-cache-namespace": "shop"}

    assert ask(key=named).headers["x-purser-cache"] == "miss"
    assert ask(key=named).headers["x-purser-cache"] == "exact"
    assert ask(key=named, headers=header).headers["x-purser-cache"] == "miss"
    assert ask(headers=header).headers["x-purser-cache"] == "exact"
    assert set(CacheEntry.objects.values_list("namespace", flat=True)) == {"", "shop", "shop/shop"}


@pytest.mark.parametrize(("wish", "told"), [("off", "off"), ("refresh", "miss"), ("maybe", "off")])
def test_a_request_may_do_without(ask, upstream, wish, told):
    ask()

    assert ask(headers={"x-purser-cache": wish}).headers["x-purser-cache"] == told
    assert len(upstream.asked) == 2


def test_a_refresh_replaces_the_answer(ask, upstream):
    ask()
    fresh = copy.deepcopy(ANSWER)
    fresh["choices"][0]["message"]["content"] = "Ask support."
    upstream.answers(whole(fresh))

    ask(headers={"x-purser-cache": "refresh"})

    assert ask().json()["choices"][0]["message"]["content"] == "Ask support."
    assert CacheEntry.objects.count() == 1


def test_an_absurd_namespace_is_a_request_without_a_cache(ask):
    header = {"x-purser-cache-namespace": "n" * 10_000}

    assert [ask(headers=header).headers["x-purser-cache"] for _ in range(2)] == ["off", "off"]


def _with(**changes):
    answer = copy.deepcopy(ANSWER)
    choice = answer["choices"][0]
    choice["finish_reason"] = changes.pop("finish_reason", "stop")
    choice["message"] |= changes
    return answer


@pytest.mark.parametrize(
    "answer",
    [
        whole(_with(finish_reason="length")),
        whole(_with(finish_reason="content_filter")),
        whole(_with(refusal="I cannot help with that.", content=None)),
        whole(_with(content="")),
        whole({"error": {"message": "no"}}, 500),
        whole({"choices": []}),
        whole({"choices": "none"}),
    ],
)
def test_what_is_cut_off_refused_or_wrong_is_not_stored(ask, upstream, answer):
    upstream.answers(answer)

    ask()
    ask()

    assert not CacheEntry.objects.exists()


def test_what_a_fallback_answered_is_not_stored_under_another_model(ask, upstream):
    catalog.priced_model("other", of=catalog.provider("near", base_url=f"{upstream.url}/near"))
    key = catalog.key(
        "vk-falls", cache_mode="exact", fallbacks=[{"provider": "near", "model": "other"}]
    )
    upstream.script = lambda asked: whole(ANSWER) if "/near" in asked.path else whole({}, 500)

    answered = ask(key=key)

    assert answered.headers["x-purser-provider"] == "near"
    assert not CacheEntry.objects.exists()


def test_an_answer_holds_as_long_as_the_key_says(ask):
    brief = catalog.key("vk-brief", cache_mode="exact", cache_ttl_seconds=3600)
    ask(key=brief)

    (entry,) = CacheEntry.objects.all()
    assert (entry.expires_at - entry.created_at).total_seconds() == 3600


def test_an_expired_answer_is_not_given(ask, upstream):
    from django.db import connection

    ask()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE caching_cacheentry SET expires_at = now() - interval '1 second'")

    assert ask().headers["x-purser-cache"] == "miss"
    assert ask().headers["x-purser-cache"] == "exact"


def test_a_budget_that_is_spent_still_has_its_hits(ask, secret):
    ask()
    builders.budget(limit_usd=Decimal("0.0000001"))

    assert ask().status_code == 200
    assert ask(temperature=0.1).status_code == 429


def test_hits_count_against_request_limits(ask):
    limited = catalog.key("vk-limited", cache_mode="exact", requests_per_minute=2)

    statuses = [ask(key=limited).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_answers_are_sealed_in_their_table(ask):
    ask()

    (entry,) = CacheEntry.objects.all()
    assert b"settings" not in bytes(entry.sealed)
    assert entry.bytes == len(json.dumps(ANSWER))


def test_an_embedding_is_cached(ask, upstream):
    vectors = {"object": "list", "data": [{"index": 0, "embedding": [0.5]}], "model": "e",
               "usage": {"prompt_tokens": 3, "total_tokens": 3}}  # fmt: skip
    upstream.answers(whole(vectors))
    asked = {"model": "far/gpt-4o", "input": "Hello"}

    first, second = (ask(json.dumps(asked), path="embeddings") for _ in range(2))

    assert second.headers["x-purser-cache"] == "exact"
    assert second.content == first.content
