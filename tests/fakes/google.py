"""Google's models at the far end: providers of the kinds `gemini` and `vertex`."""

from typing import Any

from django.conf import settings

from controlplane.catalog.models import Model, Provider
from dataplane.contract.credentials import SealingKeys
from tests import catalog
from tests.fakes.google_accounts import TOKEN_PATH, key_file, tokens
from tests.fakes.upstream import Asked, Scripted

PROJECT, REGION = "our-project", "us-central1"
API_KEY = {"api_key": "AIza-credential-0123456789"}


def provider(kind: str, base_url: str, credential: dict[str, Any], id: str = "far") -> Provider:
    sealed = SealingKeys.parse(settings.SEALING_KEY).seal(credential, id)
    place = {"region": REGION, "project": PROJECT} if kind == "vertex" else {}
    row = {"kind": kind, "credential_sealed": sealed, "price_list": "google", **place}
    return catalog.provider(id, base_url=base_url, **row)


def callable_model(kind: str, name: str, base_url: str, id: str = "far") -> Model:
    """At Vertex AI, called as a service account that the far end itself gives tokens to."""
    credential = API_KEY if kind == "gemini" else {"service_account": key_file(base_url)}
    return catalog.priced_model(name, of=provider(kind, base_url, credential, id))


class Answering:
    """A script for the far end: tokens to who asks for them, else what is to be answered."""

    def __init__(self, answer: Scripted) -> None:
        self.answer = answer
        self._tokens = tokens()

    def __call__(self, asked: Asked) -> Scripted:
        return self._tokens(asked) if asked.path == TOKEN_PATH else self.answer
