"""Provider credentials on their way into the database: checked for shape, sealed, never out again.

No message here repeats a value that was sent.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from controlplane.catalog.models import Provider
from controlplane.errors import Conflict, DomainError, invalid
from dataplane.contract.credentials import CredentialUnreadable, SealingKeys

CREDENTIAL_BYTES_MAX = 32_768
SECRET_VALUE = re.compile(r"[\x21-\x7e]{1,8192}")
API_KEY = frozenset({"api_key"})
AWS_KEYS = frozenset({"access_key_id", "secret_access_key"})
SERVICE_ACCOUNT = frozenset({"service_account"})
SHAPES: Mapping[str, tuple[frozenset[str], ...]] = {
    "bedrock": (AWS_KEYS, AWS_KEYS | {"session_token"}, API_KEY),
    "vertex": (SERVICE_ACCOUNT, API_KEY),
}


def seal(credential: Mapping[str, Any] | None, provider: Provider) -> bytes | None:
    """The credential as it is stored; `{}` means the environment's, None that there is none."""
    if credential is None:
        return None
    _require_shape(credential, provider.kind)
    return sealing_keys().seal(credential, provider.id)


def sealing_keys() -> SealingKeys:
    try:
        return SealingKeys.parse(settings.SEALING_KEY)
    except ValueError as error:
        raise Conflict("sealing_key_missing", f"Credentials cannot be sealed: {error}.") from error


@transaction.atomic
def reseal_credentials() -> tuple[int, list[str]]:
    """Seals anew what an older key sealed; how many, and the providers that no key opens."""
    keys = sealing_keys()
    resealed, unreadable = 0, []
    sealed = Provider.objects.exclude(credential_sealed=None).select_for_update()
    for provider in sealed.iterator(chunk_size=100):
        stored = bytes(provider.credential_sealed or b"")
        if keys.is_current(stored):
            continue
        try:
            credential = keys.open(stored, provider.id)
        except CredentialUnreadable:
            unreadable.append(provider.id)
            continue
        provider.credential_sealed = keys.seal(credential, provider.id)
        provider.save(update_fields=["credential_sealed"])
        resealed += 1
    return resealed, unreadable


def _require_shape(credential: Mapping[str, Any], kind: str) -> None:
    if not isinstance(credential, Mapping):
        raise invalid("credential", "Must be an object.")
    shapes = SHAPES.get(kind, (API_KEY,))
    if credential and set(credential) not in shapes:
        known = " or ".join("{" + ", ".join(sorted(shape)) + "}" for shape in shapes)
        raise invalid("credential", f"For {kind} it is {known}, or {{}} for the environment's.")
    for name, value in credential.items():
        if name == "service_account":
            _require_service_account(value)
        elif not isinstance(value, str) or SECRET_VALUE.fullmatch(value) is None:
            raise _wrong(name, "Must be printable text without spaces.")


def _require_service_account(value: Any) -> None:
    """Google's key file, as it was downloaded."""
    is_account = isinstance(value, Mapping) and all(
        isinstance(value.get(name), str) and value[name] for name in ("client_email", "private_key")
    )
    if not is_account or not all(isinstance(entry, str) for entry in value.values()):
        raise _wrong("service_account", "Must be the whole key file, as an object.")
    if len(json.dumps(value)) > CREDENTIAL_BYTES_MAX:
        raise _wrong("service_account", "Is too long.")


def _wrong(name: str, message: str) -> DomainError:
    return DomainError(
        "invalid", f"credential.{name}: {message}", {"credential": {name: [message]}}
    )
