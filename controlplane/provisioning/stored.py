"""What a column of a row holds, in the words in which a file says it."""

from typing import Any

from controlplane.accounts.permissions import Resource
from controlplane.catalog.models import Provider
from controlplane.errors import DomainError
from controlplane.notices.models import Channel
from controlplane.notices.services import opened
from controlplane.sealing import sealing_keys
from dataplane.contract.credentials import CredentialUnreadable
from dataplane.contract.virtual_keys import hash_secret

HIDDEN = frozenset({"credential", "secret", "taken_over", "url"})


def is_same(resource: Resource, row: Any, column: str, wanted: Any) -> bool:
    """Whether a row has what is wanted already. Secrets are compared, never shown."""
    if column == "credential":
        return _has_credential(row, wanted)
    if column == "url":
        return _has_address(row, wanted)
    if column in ("secret", "taken_over"):
        wanted_hash = hash_secret(wanted) if column == "secret" else wanted.secret_hash
        return any(each.secret_hash == wanted_hash for each in row.secrets.all())
    if column == "price_list" and not wanted:
        return True  # whoever names none gets the one that follows from id, kind and address
    if column == "aliases":
        return sorted(stored_aliases(row)) == sorted(wanted)
    return bool(getattr(row, column) == wanted)


def stored_value(row: Any, column: str) -> Any:
    if column == "aliases":
        return stored_aliases(row)
    return None if column in HIDDEN else getattr(row, column)


def stored_aliases(row: Any) -> list[tuple[str, int]]:
    return [(each.alias, each.weight) for each in row.alias_rows.all()]


def _has_credential(provider: Provider, wanted: Any) -> bool:
    """One that cannot be opened is not known to be the same: it is sealed anew."""
    if provider.credential_sealed is None or wanted is None:
        return provider.credential_sealed is None and wanted is None
    try:
        credential = sealing_keys().open(bytes(provider.credential_sealed), provider.id)
    except (CredentialUnreadable, DomainError):
        return False
    return credential == wanted


def _has_address(channel: Channel, wanted: str) -> bool:
    try:
        return bool(opened(channel)["url"] == wanted)
    except (CredentialUnreadable, DomainError):
        return False
