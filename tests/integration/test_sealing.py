"""A new sealing key takes over from the old one, and nothing has to be typed again."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import override_settings

from controlplane.accounts import members
from controlplane.caching.models import CacheEntry
from controlplane.catalog.models import Provider
from controlplane.catalog.services import create_provider
from controlplane.content.models import StoredContent
from controlplane.idempotency.services import Answered, once
from controlplane.notices.models import Channel
from controlplane.notices.services import bound_to, opened
from controlplane.sealing import reseal_all, sealed_columns, sealing_keys
from dataplane.caching.asked import question_place
from dataplane.caching.entries import entry_from
from dataplane.content import Content, row
from dataplane.contract.credentials import SealingKeys, new_sealing_key
from tests import builders
from tests.builders import NOON

OLD, NEW = new_sealing_key(), new_sealing_key()


@pytest.fixture
def sealed_with_the_old_key(database):
    with override_settings(SEALING_KEY=OLD):
        create_provider(id="openai", kind="openai", credential={"api_key": "secret"})
        create_provider(id="none", kind="openai")


@pytest.fixture
def one_of_everything(sealed_with_the_old_key, quick_passwords):
    """Sealed as those seal it who keep it."""
    with override_settings(SEALING_KEY=OLD):
        keys = sealing_keys()
        channel = Channel(id="ops", kind="webhook")
        channel.credential_sealed = keys.seal(
            {"url": "https://x", "secret": "s"}, bound_to(channel)
        )
        channel.save()
        once(who="anna", key="k", request=b"r", act=lambda: Answered(201, {"secret": "s"}))
        member = members.create_member(username="anna", role="admin")
        for kind, part in (("totp", "secret"), ("recovery_codes", "seed")):
            data = {part: get_adapter().encrypt(part), "used_mask": 0}
            Authenticator.objects.create(user=member, type=kind, data=data)
        content = row(Content("r-1", NOON, "acme", "vk", b"asked", b"answered", False), keys)
        owner = {
            "customer_id": content.pop("customer"),
            "virtual_key_id": content.pop("virtual_key"),
        }
        builders.insert("content_storedcontent", content | owner, returning="request_id")
        builders.insert("caching_cacheentry", _cached(keys) | owner, returning="id")


def _cached(keys):
    texts = ("namespace", "endpoint", "model_requested", "provider", "model", "deployment_id")
    return {
        **dict.fromkeys(texts, "x"),
        **dict.fromkeys(("created_at", "used_at", "expires_at"), NOON),
        "fingerprint": b"f" * 32,
        "sealed": keys.seal({"answer": "42"}, (b"f" * 32).hex()),
        "question_sealed": keys.seal({"question": "?"}, question_place(b"f" * 32)),
        **{"bytes": 2, "hits": 0},
    }


def opens_with(key):
    sealed = bytes(Provider.objects.get(id="openai").credential_sealed)
    return SealingKeys.parse(key).open(sealed, "openai")


def test_all_that_is_sealed_is_sealed_anew_and_opens_without_the_old_key(one_of_everything):
    with override_settings(SEALING_KEY=f"{NEW},{OLD}"):
        first, second = (
            {each.name: each.rows for each in reseal_all(sealing_keys())} for _ in "12"
        )
    assert first == {each.name: 1 for each in sealed_columns()} | {"mfa.authenticator.data": 2}
    assert set(second.values()) == {0}

    assert opens_with(NEW) == {"api_key": "secret"}
    with override_settings(SEALING_KEY=NEW):
        keys = sealing_keys()
        assert opened(Channel.objects.get())["url"] == "https://x"
        assert once(who="anna", key="k", request=b"r", act=Answered).body == {"secret": "s"}
        for each in Authenticator.objects.all():
            part = "seed" if each.type == "recovery_codes" else "secret"
            assert get_adapter().decrypt(each.data[part]) == part
        assert keys.open(bytes(StoredContent.objects.get().sealed), "r-1")["answer"] == "answered"
        entry = CacheEntry.objects.values().get()
        assert entry_from(entry, keys).body == b"42"
        assert keys.open(bytes(entry["question_sealed"]), question_place(b"f" * 32))


def test_the_command_says_what_it_did(sealed_with_the_old_key, capsys):
    with override_settings(SEALING_KEY=f"{NEW},{OLD}"):
        call_command("reseal_credentials")

    said = capsys.readouterr().out
    assert "catalog.provider.credential_sealed: 1\n" in said
    assert said.endswith("Sealed anew: 1.\n")


def test_a_credential_that_no_key_opens_is_named_and_left_alone(sealed_with_the_old_key):
    with override_settings(SEALING_KEY=NEW), pytest.raises(CommandError, match="openai"):
        call_command("reseal_credentials")

    assert opens_with(OLD) == {"api_key": "secret"}


def test_without_a_sealing_key_no_credential_is_taken(alice):
    with override_settings(SEALING_KEY=""):
        answer = alice.post("providers", {"kind": "openai", "credential": {"api_key": "secret"}})

    assert answer.json()["error"]["code"] == "sealing_key_missing"
    assert not Provider.objects.exists()
