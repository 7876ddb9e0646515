"""Many virtual keys made or changed at once: all of them, or none."""

import pytest

from controlplane.keys.models import VirtualKey

pytestmark = pytest.mark.usefixtures("database")

BATCH = "virtual-keys/batch"


@pytest.fixture
def acme(alice):
    alice.make("customers", id="acme")
    alice.make("teams", id="research", customer="acme")


def test_many_keys_are_made_with_a_secret_each(alice, acme):
    wanted = [{"id": f"vk-{number}", "customer": "acme"} for number in range(3)]

    answer = alice.post(BATCH, {"virtual_keys": wanted})

    assert answer.status_code == 201, answer.content
    made = answer.json()["results"]
    assert [key["id"] for key in made] == ["vk-0", "vk-1", "vk-2"]
    assert len({key["secret"] for key in made}) == 3


def test_one_wrong_key_makes_none_and_is_named(alice, acme):
    wanted = [{"customer": "acme"}, {"customer": "nobody"}, {"customer": "acme", "team": 3}]

    answer = alice.post(BATCH, {"virtual_keys": wanted})

    assert answer.status_code == 400
    fields = answer.json()["error"]["fields"]["virtual_keys"]
    assert {place: list(entry) for place, entry in fields.items()} == {
        "1": ["customer"],
        "2": ["team"],
    }
    assert VirtualKey.objects.count() == 0


def test_what_only_the_database_finds_wrong_is_named_too(alice, acme):
    alice.make("virtual-keys", id="vk-1", customer="acme")

    answer = alice.post(
        BATCH, {"virtual_keys": [{"customer": "acme"}, {"id": "vk-1", "customer": "acme"}]}
    )

    assert answer.status_code == 409
    assert "1" in answer.json()["error"]["fields"]["virtual_keys"]
    assert VirtualKey.objects.count() == 1


def test_many_keys_are_changed_each_by_its_own_fields(alice, acme):
    for name in ("a", "b"):
        alice.make("virtual-keys", id=name, customer="acme")

    answer = alice.patch(
        BATCH,
        {"virtual_keys": [{"id": "b", "team": "research"}, {"id": "a", "is_active": False}]},
    )

    assert answer.status_code == 200, answer.content
    second, first = answer.json()["results"]
    assert (second["id"], second["team"], second["is_active"]) == ("b", "research", True)
    assert (first["id"], first["team"], first["is_active"]) == ("a", None, False)


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ([{"id": "a"}, {"id": "unheard-of"}], {"1": "id"}),
        ([{"id": "a"}, {"id": "a", "name": "twice"}], {"1": "id"}),
        ([{"name": "no id"}], {"0": "id"}),
        ([{"id": "a", "customer": "rival"}], {"0": "customer"}),
        ([{"id": "a", "colour": "red"}], {"0": "colour"}),
        ([{"id": ["a"]}], {"0": "id"}),
    ],
)
def test_one_wrong_change_changes_nothing(entries, wrong, alice, acme):
    alice.make("customers", id="rival")
    alice.make("virtual-keys", id="a", customer="acme", name="before")

    answer = alice.patch(BATCH, {"virtual_keys": [{**entries[0], "name": "after"}, *entries[1:]]})

    assert answer.status_code == 400
    fields = answer.json()["error"]["fields"]["virtual_keys"]
    assert {place: next(iter(entry)) for place, entry in fields.items()} == wrong
    assert VirtualKey.objects.get().name == "before"


def test_keys_of_another_customer_are_not_there(alice, acme, mallory):
    alice.make("virtual-keys", id="a", customer="acme")

    answer = mallory.patch(BATCH, {"virtual_keys": [{"id": "a", "name": "mine"}]})

    assert answer.status_code == 400
    assert "no such" in str(answer.json()["error"]["fields"])


@pytest.mark.parametrize("body", [{}, {"virtual_keys": []}, {"virtual_keys": 3}, {"keys": [{}]}])
def test_a_batch_of_nothing_is_refused(body, alice):
    assert alice.post(BATCH, body).status_code == 400
    assert alice.patch(BATCH, body).status_code == 400
