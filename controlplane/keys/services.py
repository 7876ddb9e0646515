"""Changes of virtual keys and their secrets."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Required, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from controlplane import saving
from controlplane.accounts.models import Customer, Team
from controlplane.audit.actors import give_reason
from controlplane.errors import Conflict, DomainError, RowsRefused, invalid
from controlplane.fields import new_id
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.usage.models import UsageRecord
from dataplane.contract.virtual_keys import (
    SECRET_LENGTH_MAX,
    SECRET_LENGTH_MIN,
    hash_secret,
    new_secret,
    secret_hint,
)

# What is said of a new key beside its columns.
SECRETS = frozenset({"secret", "taken_over"})
SECRET_HASH = re.compile(r"[0-9a-f]{64}")
GRACE_SECONDS_MAX = 30 * 24 * 3600
PAUSE_MAX = timedelta(days=366)
SECRET = re.compile(rf"[\x21-\x7e]{{{SECRET_LENGTH_MIN},{SECRET_LENGTH_MAX}}}")


class KeyFields(TypedDict, total=False):
    """The policy of a key: everything about it that may change."""

    name: str
    metadata: dict[str, Any]
    team: Team | None
    is_active: bool
    expires_at: datetime | None
    allowed_providers: list[str]
    allowed_models: list[str]
    denied_models: list[str]
    requests_per_minute: int | None
    tokens_per_minute: int | None
    max_parallel_requests: int | None
    fallbacks: list[dict[str, str]]
    stream_failure: str
    retry_storm: str
    cache_mode: str
    cache_threshold: Decimal | None
    cache_ttl_seconds: int | None
    cache_namespace: str
    cache_target_error: Decimal | None
    cache_endpoints: list[str]
    cache_embedder: str
    cache_judge: str
    cache_conversations: bool
    cache_mb_max: int | None
    store_content: bool


class TakenOver(NamedTuple):
    """A secret that nobody told us, by its hash, and what may be shown of it."""

    secret_hash: str
    hint: str


class NewKey(KeyFields, total=False):
    """A key to issue among many. A given `secret` is taken over, or one that its hash tells."""

    id: Required[str]
    customer: Required[Customer]
    secret: str | None
    taken_over: TakenOver


class IssuedKey(NamedTuple):
    """A key and its new secret, which is known only here and now; empty for one taken over."""

    key: VirtualKey
    secret: str

    def __repr__(self) -> str:
        return f"IssuedKey({self.key.id})"


@transaction.atomic
def issue_key(
    *,
    customer: Customer,
    id: str | None = None,
    secret: str | None = None,
    **fields: Unpack[KeyFields],
) -> IssuedKey:
    """A new key. A given `secret` is taken over, so that what services hold keeps working."""
    key = saving.add(VirtualKey(id=id or new_id("vk"), customer=customer, **fields))
    return IssuedKey(key, _add_secret(key, new_secret() if secret is None else secret))


@transaction.atomic
def issue_keys(new: Sequence[NewKey]) -> list[IssuedKey]:
    """Many new keys with a few statements. Raises `RowsRefused`, and then there is none of them."""
    taken_over = {each["id"]: each["taken_over"] for each in new if "taken_over" in each}
    others = [each for each in new if each["id"] not in taken_over]
    given: dict[str, str | None] = {each["id"]: each.get("secret") for each in others}
    secrets = {key_id: new_secret() if it is None else it for key_id, it in given.items()}
    refusals = _ill_formed(secrets)
    well_formed = {key_id: it for key_id, it in secrets.items() if key_id not in refusals}
    known = {key_id: _known_by(it) for key_id, it in well_formed.items()} | taken_over
    if refusals := _refused_hashes(known) | refusals:
        raise RowsRefused(refusals)
    columns = [{name: it for name, it in each.items() if name not in SECRETS} for each in new]
    keys = saving.add_all([VirtualKey(**each) for each in columns])
    saving.add_all([_secret_row(key, known[key.id]) for key in keys])
    return [IssuedKey(key, secrets.get(key.id, "")) for key in keys]


@transaction.atomic
def update_key(key: VirtualKey, **changes: Unpack[KeyFields]) -> VirtualKey:
    return saving.change(key, changes)


@transaction.atomic
def update_keys(changes: Sequence[tuple[VirtualKey, KeyFields]]) -> list[VirtualKey]:
    """Many changes with a few statements. Raises `RowsRefused`, and then none is made."""
    return saving.change_all(changes)


@transaction.atomic
def rotate_key(key: VirtualKey, *, grace_seconds: int = 0) -> IssuedKey:
    """A new secret; those before it work for `grace_seconds` more, and not at all for 0."""
    if not 0 <= grace_seconds <= GRACE_SECONDS_MAX:
        raise invalid("grace_seconds", f"Must be from 0 to {GRACE_SECONDS_MAX}.")
    key = saving.lock(key)
    now = timezone.now()
    if grace_seconds == 0:
        _live_secrets(key).update(revoked_at=now)
    else:
        end = now + timedelta(seconds=grace_seconds)
        _live_secrets(key).exclude(expires_at__lt=end).update(expires_at=end)
    return IssuedKey(key, _add_secret(key, new_secret()))


@transaction.atomic
def revoke_key(key: VirtualKey) -> VirtualKey:
    """Ends every secret at once and for good, and the key with them; twice is once."""
    _live_secrets(key).update(revoked_at=timezone.now())
    return saving.change(key, {"is_active": False})


@transaction.atomic
def revoke_keys(keys: Sequence[VirtualKey]) -> list[VirtualKey]:
    """Many ends with a few statements."""
    live = VirtualKeySecret.objects.filter(virtual_key__in=keys, revoked_at=None)
    live.update(revoked_at=timezone.now())
    return saving.change_all([(key, {"is_active": False}) for key in keys])


@transaction.atomic
def pause_key(key: VirtualKey, *, until: datetime, reason: str) -> VirtualKey:
    """Refuses all its requests until then; it comes back by itself. Paused again, that counts."""
    now = timezone.now()
    if not now < until <= now + PAUSE_MAX:
        raise invalid("until", f"Must be in the future, and within {PAUSE_MAX.days} days.")
    current = saving.lock(key)
    if not current.is_active:
        raise Conflict("key_inactive", "This key is switched off or revoked already.")
    give_reason(reason)
    return saving.change(current, {"paused_until": until})


@transaction.atomic
def resume_key(key: VirtualKey) -> VirtualKey:
    """Ends a pause before its time; of a key that is not paused, nothing changes."""
    return saving.change(key, {"paused_until": None})


@transaction.atomic
def delete_key(key: VirtualKey) -> None:
    """Only a key that never called: the books name the others for ever."""
    _require_unused([key])
    saving.remove(key)


@transaction.atomic
def delete_keys(keys: Sequence[VirtualKey]) -> None:
    """Many keys that never called, with a few statements; all of them or none."""
    _require_unused(keys)
    saving.remove_all(keys)


def _require_unused(keys: Sequence[VirtualKey]) -> None:
    if UsageRecord.objects.filter(virtual_key_id__in=[key.id for key in keys]).exists():
        raise Conflict("key_used", "This key has been used, and the books need it: revoke it.")


def _live_secrets(key: VirtualKey) -> Any:
    return VirtualKeySecret.objects.filter(virtual_key=key, revoked_at=None)


def _add_secret(key: VirtualKey, secret: str) -> str:
    if refusals := _ill_formed({key.id: secret}):
        raise refusals[key.id]
    known = _known_by(secret)
    if refusals := _refused_hashes({key.id: known}):
        raise refusals[key.id]
    saving.add(_secret_row(key, known))
    return secret


def _known_by(secret: str) -> TakenOver:
    return TakenOver(hash_secret(secret), secret_hint(secret))


def _ill_formed(secrets: dict[str, str]) -> dict[str, DomainError]:
    """By key: secrets that cannot be one."""
    rule = f"Must be {SECRET_LENGTH_MIN} to {SECRET_LENGTH_MAX} printable ASCII characters."
    wrong = [key_id for key_id, secret in secrets.items() if SECRET.fullmatch(secret) is None]
    return {key_id: invalid("secret", rule) for key_id in wrong}


def _refused_hashes(hashes: dict[str, TakenOver]) -> dict[str, DomainError]:
    """By key: what is no hash, and what is somebody's already."""
    refusals: dict[str, DomainError] = {}
    wanted = [each.secret_hash for each in hashes.values()]
    known = VirtualKeySecret.objects.filter(secret_hash__in=wanted)
    taken = set(known.values_list("secret_hash", flat=True))
    for key_id, (secret_hash, _) in hashes.items():
        if SECRET_HASH.fullmatch(secret_hash) is None:
            refusals[key_id] = invalid("secret", "Its hash must be 64 hexadecimal digits.")
        elif secret_hash in taken:
            message = "This secret cannot be used: choose another."
            fields = {"secret": [message]}
            refusals[key_id] = Conflict("secret_taken", f"secret: {message}", fields)
        taken.add(secret_hash)
    return refusals


def _secret_row(key: VirtualKey, known: TakenOver) -> VirtualKeySecret:
    return VirtualKeySecret(virtual_key=key, secret_hash=known.secret_hash, hint=known.hint)
