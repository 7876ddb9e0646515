"""Provider credentials on their way into the database: checked for shape, sealed, never out again.

No message here repeats a value that was sent.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from controlplane.catalog.credential_shapes import require_shape
from controlplane.catalog.models import Provider
from controlplane.errors import Conflict
from dataplane.contract.credentials import CredentialUnreadable, SealingKeys


def seal(credential: Mapping[str, Any] | None, provider: Provider) -> bytes | None:
    """The credential as it is stored; `{}` means the environment's, None that there is none."""
    if credential is None:
        return None
    require_shape(credential, provider.kind)
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
