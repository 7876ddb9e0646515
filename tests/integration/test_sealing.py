"""A new sealing key takes over from the old one without a credential being typed again."""

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from controlplane.catalog.credentials import reseal_credentials
from controlplane.catalog.models import Provider
from controlplane.catalog.services import create_provider
from dataplane.contract.credentials import SealingKeys, new_sealing_key

OLD, NEW = new_sealing_key(), new_sealing_key()


@pytest.fixture
def sealed_with_the_old_key(database):
    with override_settings(SEALING_KEY=OLD):
        create_provider(id="openai", kind="openai", credential={"api_key": "secret"})
        create_provider(id="none", kind="openai")


def opens_with(key):
    sealed = bytes(Provider.objects.get(id="openai").credential_sealed)
    return SealingKeys.parse(key).open(sealed, "openai")


def test_credentials_are_sealed_anew_with_the_first_key(sealed_with_the_old_key):
    with override_settings(SEALING_KEY=f"{NEW},{OLD}"):
        assert reseal_credentials() == (1, [])
        assert reseal_credentials() == (0, [])

    assert opens_with(NEW) == {"api_key": "secret"}


def test_the_command_says_what_it_did(sealed_with_the_old_key, capsys):
    with override_settings(SEALING_KEY=f"{NEW},{OLD}"):
        call_command("reseal_credentials")

    assert capsys.readouterr().out == "Sealed anew: 1.\n"


def test_a_credential_that_no_key_opens_is_named_and_left_alone(sealed_with_the_old_key):
    with override_settings(SEALING_KEY=NEW), pytest.raises(CommandError, match="openai"):
        call_command("reseal_credentials")

    assert opens_with(OLD) == {"api_key": "secret"}


def test_without_a_sealing_key_no_credential_is_taken(alice):
    with override_settings(SEALING_KEY=""):
        answer = alice.post("providers", {"kind": "openai", "credential": {"api_key": "secret"}})

    assert answer.json()["error"]["code"] == "sealing_key_missing"
    assert not Provider.objects.exists()
