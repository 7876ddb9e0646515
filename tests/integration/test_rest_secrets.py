"""No secret and no hash of one leaves by any answer, log line or representation."""

import logging

import pytest

from controlplane.accounts.models import ApiToken
from controlplane.accounts.services import issue_token
from controlplane.catalog.models import Provider
from controlplane.keys.models import VirtualKeySecret
from controlplane.keys.services import issue_key
from dataplane.contract.virtual_keys import hash_secret
from tests import builders

CREDENTIAL = "sk-credential-that-nobody-sees"
SECRET = "sk-key-that-nobody-sees-twice"
PATHS = (
    *("customers", "teams", "virtual-keys", "budgets", "providers", "models", "prices", "tokens"),
    *("customers/acme", "virtual-keys/vk", "budgets/b", "providers/openai", "models/openai/m"),
    *("tokens/t", "schema"),
)


@pytest.fixture
def house(alice):
    credential = {"api_key": CREDENTIAL}
    alice.make("customers", id="acme")
    alice.make("providers", id="openai", kind="openai", credential=credential)
    alice.make("models", id="openai/m")
    alice.make("budgets", id="b", owner_type="customer", owner="acme", limit_usd="1")
    alice.make("virtual-keys", id="vk", customer="acme", secret=SECRET)
    return alice.make("tokens", id="t", name="t", role="auditor")["secret"]


@pytest.fixture
def never(house):
    """What must not be seen anywhere."""
    sealed = bytes(Provider.objects.get().credential_sealed)
    secrets = (CREDENTIAL, SECRET, house)
    hashes = [hash_secret(secret) for secret in secrets]
    return [*secrets, *hashes, sealed.hex(), repr(sealed)]


def test_no_answer_holds_a_secret(alice, never):
    for path in PATHS:
        answer = alice.get(path)
        assert answer.status_code == 200, path
        assert not [secret for secret in never if secret in answer.content.decode()], path


def test_no_change_answers_with_a_secret(alice, never):
    answers = [
        alice.patch("providers/openai", {"credential": {"api_key": CREDENTIAL}}),
        alice.patch("providers/openai", {"credential": {"wrong": CREDENTIAL}}),
        alice.patch("virtual-keys/vk", {"secret": SECRET}),
        alice.post("virtual-keys", {"customer": "acme", "secret": SECRET}),
        alice.post("virtual-keys/vk/revoke"),
        alice.post("tokens/t/revoke"),
    ]

    for answer in answers:
        assert not [secret for secret in never if secret in answer.content.decode()]


def test_no_log_line_holds_a_secret(alice, never, caplog):
    caplog.set_level(logging.DEBUG)

    alice.patch("providers/openai", {"credential": {"api_key": CREDENTIAL, "x": 1}})
    alice.post("virtual-keys", {"customer": "acme", "secret": SECRET})
    alice.send("post", "providers", f'{{"credential": "{CREDENTIAL}" "'.encode())

    assert not [secret for secret in never if secret in caplog.text]


def test_no_representation_holds_a_secret(never, house):
    issued_key = issue_key(customer=builders.customer())
    issued_token = issue_token(name="x", role="auditor")
    rows = [*Provider.objects.all(), *VirtualKeySecret.objects.all(), *ApiToken.objects.all()]

    shown = f"{rows!r} {[str(row) for row in rows]} {issued_key!r} {issued_token!r}"

    assert not [secret for secret in never if secret in shown]
    assert issued_key.secret not in shown
    assert issued_token.secret not in shown
