"""Who is calling: a virtual key from one of the headers that SDKs use, found by its hash."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from dataplane.contract.virtual_keys import SECRET_LENGTH_MAX, hash_secret
from dataplane.errors import NotAuthenticated
from dataplane.snapshot.model import VirtualKey

BEARER = b"bearer "
KEY_HEADERS = (b"x-api-key", b"api-key", b"x-goog-api-key")

FindKey = Callable[[str], Awaitable[VirtualKey | None]]


async def authenticate(
    headers: Mapping[bytes, bytes], find_key: FindKey, at: datetime
) -> VirtualKey:
    """The key whose secret the request carries, if it works at that time."""
    secret = read_secret(headers)
    if secret is None:
        raise NotAuthenticated(
            "key_missing", "No virtual key. Send it as 'Authorization: Bearer sk-pur-…'."
        )
    key = await find_key(hash_secret(secret)) if len(secret) <= SECRET_LENGTH_MAX else None
    if key is None:
        raise NotAuthenticated("key_invalid", "This virtual key does not exist.")
    require_working(key, at)
    return key


def read_secret(headers: Mapping[bytes, bytes]) -> str | None:
    """The secret from `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`."""
    authorization = headers.get(b"authorization", b"")
    if authorization[: len(BEARER)].lower() == BEARER:
        return _text(authorization[len(BEARER) :])
    for name in KEY_HEADERS:
        if value := headers.get(name):
            return _text(value)
    return None


def require_working(key: VirtualKey, at: datetime) -> None:
    """Raises unless the key is active, unexpired, and its secret was not rotated away."""
    if not key.is_active or key.secret_revoked:
        raise NotAuthenticated("key_revoked", "This virtual key was revoked.")
    for expires_at in (key.expires_at, key.secret_expires_at):
        if expires_at is not None and expires_at <= at:
            raise NotAuthenticated("key_expired", "This virtual key has expired.")


def _text(value: bytes) -> str | None:
    return value.strip().decode("latin-1") or None
