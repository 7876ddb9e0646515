"""What is kept sealed, and sealing it anew with a new key.

Each app says in a `sealed.py` of its own what it keeps sealed: `SEALED`. A row is written only if
it still holds what was read, so that nobody waits, and nothing that came meanwhile is lost.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models.expressions import F, Func, Value

from controlplane.errors import Conflict
from dataplane.contract.credentials import KEY_ID_BYTES, CredentialUnreadable, SealingKeys

ROWS, TRIES_MAX = 50, 3

Resealing = Callable[[SealingKeys, Any], Any]
"""A row's value sealed with the newest key. Raises `CredentialUnreadable`."""


@dataclass(frozen=True)
class Sealed:
    """A column that holds something sealed."""

    model: type[models.Model]
    column: str
    resealed: Resealing

    @property
    def name(self) -> str:
        return f"{self.model._meta.label_lower}.{self.column}"

    def behind(self, keys: SealingKeys) -> models.QuerySet[Any]:
        """Rows that an older key sealed; where the database cannot tell, all of them."""
        rows = self.model._base_manager.exclude(**{self.column: None}).order_by("pk")
        if not isinstance(self.model._meta.get_field(self.column), models.BinaryField):
            return rows
        binary = models.BinaryField()
        key_id = Func(
            F(self.column), Value(2), Value(KEY_ID_BYTES), function="substr", output_field=binary
        )
        return rows.alias(sealed_by=key_id).exclude(sealed_by=keys.sealing_id)


@dataclass
class Resealed:
    """What became of one column: how many rows, and those that no key opens."""

    name: str
    rows: int = 0
    unreadable: list[str] = field(default_factory=list)


def sealing_keys() -> SealingKeys:
    try:
        return SealingKeys.parse(settings.SEALING_KEY)
    except ValueError as error:
        raise Conflict("sealing_key_missing", f"Credentials cannot be sealed: {error}.") from error


def bytes_bound_to(column: str, place: Callable[[Any], str]) -> Resealing:
    """For a column of bytes that opens at one place only."""
    return lambda keys, row: keys.reseal(bytes(getattr(row, column)), place(row))


@cache
def sealed_columns() -> Sequence[Sealed]:
    return [each for module in _declared() for each in module.SEALED]


def reseal_all(keys: SealingKeys) -> Iterator[Resealed]:
    """Seals anew what an older key sealed, column by column, each some rows at a time."""
    for sealed in sealed_columns():
        done = Resealed(sealed.name)
        for _ in range(TRIES_MAX):
            done.unreadable.clear()
            if not _reseal(sealed, keys, done):
                break
        yield done


def _reseal(sealed: Sealed, keys: SealingKeys, done: Resealed) -> int:
    """How many rows somebody else changed meanwhile: they are looked at once more."""
    overtaken, last = 0, None
    rows = sealed.behind(keys)
    while page := list((rows if last is None else rows.filter(pk__gt=last))[:ROWS]):
        last = page[-1].pk
        with transaction.atomic():
            for row in page:
                overtaken += not _reseal_row(sealed, keys, row, done)
    return overtaken


def _reseal_row(sealed: Sealed, keys: SealingKeys, row: Any, done: Resealed) -> bool:
    stored = getattr(row, sealed.column)
    try:
        value = sealed.resealed(keys, row)
    except CredentialUnreadable:
        done.unreadable.append(str(row.pk))
        return True
    if value == stored:
        return True
    same = sealed.model._base_manager.filter(pk=row.pk, **{sealed.column: stored})
    written = same.update(**{sealed.column: value})
    done.rows += written
    return bool(written)


def _declared() -> Iterator[Any]:
    for app in apps.get_app_configs():
        name = f"{app.name}.sealed"
        if app.name.startswith("controlplane.") and find_spec(name) is not None:
            yield import_module(name)
