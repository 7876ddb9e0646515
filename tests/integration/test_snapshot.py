"""Configuration changes are in force within a second on every process, without a restart."""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.utils import timezone

from controlplane.budgets.models import Budget
from controlplane.catalog.models import Listing, Provider
from controlplane.keys import services as keys
from controlplane.keys.models import VirtualKey
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, whole
from tests.plane import Plane

ANSWER = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 10}}
PROMISED_SECONDS = 1.0


@pytest.fixture
def planes(start_plane: Callable[..., Plane]) -> list[Plane]:
    return [start_plane(), start_plane()]


@pytest.fixture
def secret(planes: list[Plane], upstream: FakeUpstream) -> str:
    secret = catalog.callable_model(base_url=upstream.url)
    upstream.answers(whole(ANSWER))
    for plane in planes:
        plane.wait_for_catalog("far/gpt-4o")
        assert ask(plane, secret).status_code == 200
    return secret


def ask(plane: Plane, secret: str, model: str = "far/gpt-4o") -> httpx.Response:
    body = {"model": model, "messages": [], "max_tokens": 100}
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body, timeout=30)


def code(plane: Plane, secret: str, model: str = "far/gpt-4o") -> str | None:
    response = ask(plane, secret, model)
    return None if response.status_code == 200 else response.json()["error"]["code"]


def soon_everywhere(planes: list[Plane], expected: Any, look: Callable[[Plane], Any]) -> None:
    deadline = time.monotonic() + PROMISED_SECONDS
    while (seen := [look(plane) for plane in planes]) != [expected] * len(planes):
        assert time.monotonic() < deadline, f"still {seen} after a second, not {expected}"
        time.sleep(0.02)


def test_a_revoked_key_stops_everywhere(planes: list[Plane], secret: str):
    keys.revoke_key(VirtualKey.objects.get())

    soon_everywhere(planes, "key_revoked", lambda plane: code(plane, secret))


def test_a_rotated_secret_works_at_once_and_the_old_one_until_its_grace_ends(
    planes: list[Plane], secret: str
):
    fresh = keys.rotate_key(VirtualKey.objects.get(), grace_seconds=60).secret

    assert [code(plane, fresh) for plane in planes] == [None, None]
    assert [code(plane, secret) for plane in planes] == [None, None]


def test_a_new_secret_works_where_it_was_unknown_a_moment_ago(planes: list[Plane], secret: str):
    given = "sk-a-secret-from-elsewhere"
    assert {code(plane, given) for plane in planes} == {"key_invalid"}

    keys.issue_key(id="vk-2", customer=builders.customer(), secret=given)

    soon_everywhere(planes, None, lambda plane: code(plane, given))


def test_an_expiry_date_stops_a_key_everywhere(planes: list[Plane], secret: str):
    past = timezone.now() - timedelta(seconds=1)
    keys.update_key(VirtualKey.objects.get(), expires_at=past)

    soon_everywhere(planes, "key_expired", lambda plane: code(plane, secret))


def test_a_new_budget_and_a_changed_limit_bind_everywhere(planes: list[Plane], secret: str):
    budget = builders.budget(limit_usd=Decimal("0.0001"))
    soon_everywhere(planes, "budget_exceeded", lambda plane: code(plane, secret))

    Budget.objects.filter(id=budget.id).update(limit_usd=Decimal(1))

    soon_everywhere(planes, None, lambda plane: code(plane, secret))


def test_a_new_model_is_callable_and_a_switched_off_provider_is_not(
    planes: list[Plane], secret: str
):
    far = Provider.objects.get()
    catalog.model("brand-new", of=far)
    soon_everywhere(planes, None, lambda plane: code(plane, secret, "far/brand-new"))

    Provider.objects.update(is_active=False)

    soon_everywhere(planes, "model_not_found", lambda plane: code(plane, secret))


def test_a_model_that_is_switched_off_is_not_called_although_the_price_list_knows_it(
    planes: list[Plane], secret: str
):
    known = {"match": {"equals": "gpt-4o"}, "position": 0}
    Listing.objects.create(id="openai/gpt-4o", vendor="openai", model_name="gpt-4o", **known)
    Provider.objects.update(price_list="openai")
    catalog.Model.objects.update(is_active=False)

    soon_everywhere(planes, "model_not_found", lambda plane: code(plane, secret))

    catalog.Price.objects.all().delete()
    catalog.Model.objects.all().delete()
    soon_everywhere(planes, None, lambda plane: code(plane, secret))


def test_an_alias_and_a_bare_name_find_the_model(planes: list[Plane], secret: str):
    model = catalog.Model.objects.get()
    model.alias_rows.create(alias="assistant")

    soon_everywhere(planes, None, lambda plane: code(plane, secret, "assistant"))
    assert code(planes[0], secret, "gpt-4o") is None


def test_models_are_listed_as_the_key_may_call_them(planes: list[Plane], secret: str):
    far = Provider.objects.get()
    catalog.model("other", of=far)
    bound = catalog.key("vk-2", allowed_models=["far/gpt-4o"])
    headers = {"authorization": f"Bearer {bound}"}
    planes[0].wait_for_catalog("far/other")

    listed = httpx.get(f"{planes[0].url}/v1/models", headers=headers).json()
    one = httpx.get(f"{planes[0].url}/v1/models/far/gpt-4o", headers=headers)
    other = httpx.get(f"{planes[0].url}/v1/models/far/other", headers=headers)

    assert [entry["id"] for entry in listed["data"]] == ["far/gpt-4o"]
    assert one.json()["owned_by"] == "far"
    assert other.status_code == 404
