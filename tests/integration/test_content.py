"""What is stored of requests and answers, of which keys, and who may read it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from controlplane.content.models import StoredContent
from controlplane.privacy.models import Erasure
from tests import catalog
from tests.fakes.upstream import stream, whole
from tests.integration.test_streams import DONE, PIECES, USAGE
from tests.personas import caller
from tests.plane import Plane, booked

ANSWER = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Grüße"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1},
}


@pytest.fixture
def far(database, upstream):
    catalog.priced_model(of=catalog.provider(base_url=upstream.url))
    upstream.answers(whole(ANSWER))
    return "far/gpt-4o"


def ask(http, plane, secret, text="Geheim", **more):
    plane.wait_for_catalog("far/gpt-4o")
    body = {"model": "far/gpt-4o", "messages": [{"role": "user", "content": text}], **more}
    headers = {"authorization": f"Bearer {secret}"}
    return http.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body)


def written(plane: Plane) -> list[StoredContent]:
    """What is stored once nothing waits."""
    plane.wait_until(lambda: not plane.gateway.content.waiting)
    return list(StoredContent.objects.all())


def test_a_key_stores_nothing_unless_it_says_so(far, plane, http):
    assert ask(http, plane, catalog.key()).status_code == 200
    assert written(plane) == []


def test_an_answer_is_read_back_as_it_was_and_is_sealed_in_the_table(far, plane, http, alice):
    answered = ask(http, plane, catalog.key(store_content=True))

    (stored,) = written(plane)
    assert b"Geheim" not in bytes(stored.sealed)
    read = alice.get(f"usage/{answered.headers['x-request-id']}/content").json()
    assert json.loads(read["request"])["messages"][0]["content"] == "Geheim"
    assert read["answer"] == answered.text
    assert booked().get().request_id == stored.request_id


def test_a_stream_is_stored_as_it_went_by(far, plane, http, alice, upstream):
    upstream.answers(stream([*PIECES, USAGE, DONE]))
    answered = ask(http, plane, catalog.key(store_content=True), stream=True)

    written(plane)
    read = alice.get(f"usage/{answered.headers['x-request-id']}/content").json()
    assert read["answer"] == answered.text != ""


def test_only_administrators_and_engineers_of_the_customer_read_it(far, plane, http, mallory):
    path = f"usage/{ask(http, plane, catalog.key(store_content=True)).headers['x-request-id']}"
    written(plane)

    assert caller("engineer", "acme").get(f"{path}/content").status_code == 200
    for role in ("auditor", "finance"):
        assert caller(role).get(f"{path}/content").status_code == 403
    assert mallory.get(f"{path}/content").status_code == 404


def test_what_is_long_is_cut_and_what_cannot_wait_is_dropped_and_counted(far, start_plane, http):
    plane = start_plane(content_bytes_max=100, content_waiting_bytes_max=150)
    secret = catalog.key(store_content=True)
    ask(http, plane, secret, text="x" * 5000)
    (stored,) = written(plane) or [None]
    assert stored is None, "both sides together are more than may wait"
    assert "purser_content_dropped_total 1.0" in http.get(f"{plane.url}/metrics").text

    plane.gateway.content._waiting_bytes_max = 250
    ask(http, plane, secret, text="x" * 5000)
    (stored,) = written(plane)
    assert (stored.bytes, stored.is_cut) == (200, True)


def test_what_comes_after_its_customers_erasure_is_not_written(far, plane, http):
    secret = catalog.key(store_content=True)
    Erasure.objects.create(customer_id="acme", at=timezone.now() + timedelta(minutes=1))

    ask(http, plane, secret)

    assert written(plane) == []
