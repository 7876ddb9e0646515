"""`/api/v1/cache-entries`: who sees and purges which answers."""

import pytest

from controlplane.caching.models import CacheEntry
from tests import catalog
from tests.personas import caller


@pytest.fixture
def entries(ask):
    ask()
    ask(temperature=0.5, headers={"x-purser-cache-namespace": "shop"})
    ask(key=catalog.key("vk-rival", customer_id="rival", cache_mode="exact"))


def test_lists_what_is_stored_and_not_what_was_said(entries, alice):
    answer = alice.get("cache-entries").json()

    assert len(answer["results"]) == 3
    shown = answer["results"][0]
    assert (shown["customer"], shown["model"], shown["hits"]) == ("acme", "gpt-4o", 0)
    assert shown["cost_usd"].startswith("0.0035")
    assert not {"sealed", "fingerprint"} & set(shown)


def test_shows_each_customer_its_own(entries, bob, mallory):
    assert {row["customer"] for row in bob.get("cache-entries").json()["results"]} == {"acme"}
    assert {row["customer"] for row in mallory.get("cache-entries").json()["results"]} == {"rival"}


def test_purges_what_is_named_within_ones_own(entries, bob, ask):
    assert bob.post("cache-entries/purge", {"namespace": "shop"}).json() == {"purged": 1}
    assert bob.post("cache-entries/purge", {}).json() == {"purged": 1}

    assert list(CacheEntry.objects.values_list("customer_id", flat=True)) == ["rival"]
    assert ask().headers["x-purser-cache"] == "miss"


def test_purges_nothing_of_another_customer(entries, bob):
    assert bob.post("cache-entries/purge", {"customer": "rival"}).json() == {"purged": 0}


def test_deletes_one(entries, bob):
    id = bob.get("cache-entries").json()["results"][0]["id"]

    assert bob.delete(f"cache-entries/{id}").status_code == 204
    assert bob.get(f"cache-entries/{id}").status_code == 404


def test_only_engineers_and_administrators_purge(entries):
    for role in ("auditor", "finance"):
        assert caller(role).post("cache-entries/purge", {}).status_code == 403
        assert caller(role).get("cache-entries").status_code == 200


def test_an_unknown_field_is_refused_and_nothing_purged(entries, alice):
    answer = alice.post("cache-entries/purge", {"name_space": "shop"})

    assert answer.status_code == 400
    assert "name_space" in answer.json()["error"]["fields"]
    assert CacheEntry.objects.count() == 3
