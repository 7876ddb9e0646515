"""Keys that are paused, and keys that repeat themselves: refused with typed errors, and told."""

import threading
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from controlplane.alerts.models import Alert
from controlplane.alerts.watching.watches import watch_installation
from controlplane.audit.models import AuditEvent
from controlplane.errors import DomainError
from controlplane.keys.models import KeyRepetition, VirtualKey
from controlplane.keys.services import pause_key
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.personas import refusal
from tests.plane import Plane, booked

ANSWER = {"choices": [{"message": {"role": "assistant", "content": "Hi"}}]}
ASKED = {"model": "far/gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9}


@pytest.fixture
def secret(plane: Plane, upstream: FakeUpstream) -> str:
    catalog.priced_model(of=catalog.provider(base_url=upstream.url))
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(whole(ANSWER))
    return catalog.key(retry_storm="back_off")


def ask(plane: Plane, secret: str, **fields) -> httpx.Response:
    headers = {"authorization": f"Bearer {secret}"}
    url = f"{plane.url}/v1/chat/completions"
    return httpx.post(url, json={**ASKED, **fields}, headers=headers)


def answered_within_a_second(plane: Plane, secret: str, status: int) -> httpx.Response:
    for _ in range(50):
        if (answer := ask(plane, secret)).status_code == status:
            return answer
        threading.Event().wait(0.02)
    raise AssertionError(f"still {answer.status_code} after a second")


def test_a_paused_key_is_refused_until_the_moment_and_comes_back_by_itself(
    plane: Plane, secret: str
):
    assert ask(plane, secret).status_code == 200
    until = timezone.now() + timedelta(seconds=1.5)
    pause_key(VirtualKey.objects.get(), until=until, reason="It loops.")

    error = answered_within_a_second(plane, secret, 403).json()["error"]
    threading.Event().wait((until - timezone.now()).total_seconds() + 0.05)

    assert (error["type"], error["code"]) == ("permission_error", "key_paused")
    assert error["paused_until"] == until.isoformat(timespec="seconds")
    assert ask(plane, secret).status_code == 200
    assert booked().filter(error_code="key_paused", virtual_key_id="vk-1").exists()
    changes = AuditEvent.objects.filter(resource="virtual-keys").first().changes
    assert changes["reason"] == [None, "It loops."]


def test_a_pause_is_asked_for_by_rest_and_ended(database, alice):
    key = alice.make("virtual-keys", id="vk", customer=builders.customer().id)
    until = (timezone.now() + timedelta(hours=1)).isoformat()

    paused = alice.post("virtual-keys/vk/pause", {"until": until, "reason": "A loop"}).json()
    resumed = alice.post("virtual-keys/vk/resume").json()

    assert (key["paused_until"], resumed["paused_until"]) == (None, None)
    assert paused["paused_until"] is not None
    past = alice.post("virtual-keys/vk/pause", {"until": "2020-01-01T00:00:00Z", "reason": "x"})
    assert "until" in refusal(past)["fields"]


def test_a_key_that_was_revoked_cannot_be_paused(database):
    catalog.key(is_active=False)
    key, tomorrow = VirtualKey.objects.get(), timezone.now() + timedelta(days=1)

    with pytest.raises(DomainError, match="switched off"):
        pause_key(key, until=tomorrow, reason="It loops.")


def test_a_storm_is_held_back_and_told_once(plane: Plane, secret: str):
    for _ in range(10):
        assert ask(plane, secret, model="far/none").status_code == 404

    held_back = ask(plane, secret, model="far/none")
    plane.wait_until(lambda: KeyRepetition.objects.filter(code="retry_storm").exists())
    watch_installation()
    watch_installation()

    assert held_back.status_code == 429
    assert held_back.json()["error"]["code"] == "retry_storm"
    assert held_back.headers["retry-after"] == "2"
    assert ask(plane, secret).status_code == 200
    alert = Alert.objects.get(kind="retry_storm")
    assert alert.virtual_key_id == "vk-1"
    assert alert.facts["error_code"] == "model_not_found"
    assert "the same request for far/none" in alert.title


def test_a_key_that_does_not_ask_for_it_is_only_told_of(plane: Plane, secret: str):
    VirtualKey.objects.update(retry_storm="pass")
    answered_within_a_second(plane, secret, 200)

    answers = [ask(plane, secret, model="far/none").status_code for _ in range(12)]
    plane.wait_until(KeyRepetition.objects.exists)

    assert set(answers) == {404}
    watch_installation(timezone.now() + timedelta(minutes=11))
    assert not Alert.objects.filter(kind="retry_storm").exists(), "it was over by then"
