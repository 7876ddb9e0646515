"""Many at once, a database that is slow, and customers who want to be forgotten."""

import asyncio
from datetime import timedelta

import httpx
import psycopg
from django.test import override_settings
from django.utils import timezone

from controlplane.caching import services
from controlplane.caching.models import CacheEntry
from controlplane.privacy.models import Erasure
from controlplane.privacy.services import carry_out
from tests.fakes.upstream import stream, whole
from tests.integration.caching.conftest import ANSWER, HELLO
from tests.plane import booked

AT_ONCE = 60


async def many(plane, secret, bodies):
    limits = httpx.Limits(max_connections=len(bodies))
    headers = {"authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(base_url=plane.url, limits=limits, timeout=30) as client:
        asked = (client.post("/v1/chat/completions", headers=headers, json=body) for body in bodies)
        return await asyncio.gather(*asked)


def asked(**more):
    return {"model": "far/gpt-4o", "messages": HELLO, **more}


def test_identical_misses_make_one_call(plane, secret, upstream):
    upstream.answers(whole(ANSWER))
    upstream.script = lambda _: _slow(whole(ANSWER))

    answers = asyncio.run(many(plane, secret, [asked()] * AT_ONCE))

    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    assert len({answer.content for answer in answers}) == 1
    assert len(upstream.asked) == 1
    assert booked().filter(cache="exact").count() == AT_ONCE - 1


def test_who_streams_and_who_does_not_share_one_call(plane, secret, upstream):
    upstream.script = lambda _: _slow(whole(ANSWER))
    bodies = [asked(), *[asked(stream=True)] * 10]

    async def one_after_the_other():
        first = asyncio.create_task(many(plane, secret, bodies[:1]))
        await asyncio.to_thread(plane.wait_until, lambda: bool(upstream.asked))
        return [*await many(plane, secret, bodies[1:]), *await first]

    answers = asyncio.run(one_after_the_other())

    assert [answer.status_code for answer in answers] == [200] * 11
    assert len(upstream.asked) == 1
    assert all(b"[DONE]" in answer.content for answer in answers[:10])


def test_when_the_first_comes_to_nothing_the_others_ask_by_themselves(plane, secret, upstream):
    upstream.script = lambda _: _slow(whole({"choices": []}))

    answers = asyncio.run(many(plane, secret, [asked()] * 5))

    assert [answer.headers["x-purser-cache"] for answer in answers] == ["miss"] * 5
    assert len(upstream.asked) == 5


def _slow(scripted):
    scripted.delay_seconds = 0.3
    return scripted


def test_a_client_that_leaves_its_stream_keeps_nobody_waiting(plane, secret, upstream, http):
    pieces = [b'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'] * 3
    upstream.answers(stream(pieces, pause_seconds=0.1, breaks_off=True))
    headers = {"authorization": f"Bearer {secret}"}
    with http.stream("POST", "/v1/chat/completions", headers=headers, json=asked(stream=True)):
        pass
    upstream.answers(whole(ANSWER))

    answered = http.post("/v1/chat/completions", headers=headers, json=asked(), timeout=10)

    assert answered.status_code == 200


def test_a_table_that_does_not_answer_is_a_miss(start_plane, secret, ask, database):
    ask()
    plane = start_plane(cache_read_seconds=0.05)
    plane.wait_for_catalog("far/gpt-4o")
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE caching_cacheentry IN ACCESS EXCLUSIVE MODE")
        headers = {"authorization": f"Bearer {secret}"}
        answered = httpx.post(
            f"{plane.url}/v1/chat/completions", headers=headers, json=asked(), timeout=10
        )

    assert answered.status_code == 200
    assert answered.headers["x-purser-cache"] == "miss"
    assert answered.elapsed < timedelta(seconds=5)


def test_a_row_that_cannot_be_opened_is_a_miss(ask):
    from django.db import connection

    ask()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE caching_cacheentry SET sealed = 'x'")

    assert ask().headers["x-purser-cache"] == "miss"


def test_an_erased_customer_leaves_no_answers(ask):
    ask()
    erasure = Erasure.objects.create(customer_id="acme", at=timezone.now(), actor="a")

    carry_out(erasure)

    assert not CacheEntry.objects.exists()
    assert erasure.counts["cache-entries"] == 1


def test_what_was_asked_before_an_erasure_and_comes_late_is_not_stored(ask):
    later = timezone.now() + timedelta(minutes=1)
    Erasure.objects.create(customer_id="acme", at=later, actor="a")

    ask()

    assert not CacheEntry.objects.exists()


def test_what_has_expired_goes_and_then_what_was_used_least(ask):
    for temperature in (0.1, 0.2, 0.3):
        ask(temperature=temperature)
    ask(temperature=0.1)
    sizes = CacheEntry.objects.values_list("bytes", flat=True)
    limit = sum(sizes) - 1
    newest = CacheEntry.objects.order_by("-id").first()
    oldest_use = CacheEntry.objects.order_by("used_at").first()

    with override_settings(CACHE_BYTES_MAX=limit):
        assert services.evict() == 1

    left = CacheEntry.objects.all()
    assert oldest_use not in left
    assert newest in left
