"""What is held of customers: given out, erased, and forgotten with time.

Each app says what it holds in a `personal_data.py` of its own: `HOLDINGS` and `RETENTIONS`. Work on
many rows goes in batches, each a transaction of its own, and may be begun again at any time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model, Q, QuerySet

ROWS = 1000

Batches = Iterator[int]
"""How many rows each batch was, as it is done."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """All that was held of a customer until an instant is to go."""

    id: int
    customer_id: str
    until: datetime


@dataclass(frozen=True)
class Holding:
    """The rows of a model; `CUSTOMER_PATHS` says whose each is.

    `personal` are the columns that are emptied by an erasure, unless `erase` has another way; the
    audit log forgets their values, too. `hidden` are given to nobody. Rows of a holding that is
    `late` may come after the erasure that they are from before of. `also` are models of the same
    rows.
    """

    name: str
    model: type[Model]
    personal: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    erase: Callable[[Erasing], Batches] | None = None
    is_late: bool = False
    is_last: bool = False
    shown: Callable[[Any], dict[str, Any]] | None = None
    also: tuple[type[Model], ...] = ()

    def of(self, customer_id: str) -> QuerySet[Any]:
        return rows_of_customer(self.model, customer_id)

    def erased(self, erasing: Erasing) -> Batches:
        if self.erase is not None:
            yield from self.erase(erasing)
        elif self.personal:
            yield from self._emptied(self.of(erasing.customer_id))

    def _emptied(self, rows: QuerySet[Any]) -> Batches:
        columns = {name: self.model._meta.get_field(name) for name in self.personal}
        empty: dict[str, Any] = {n: c.get_default() for n, c in columns.items()}  # type: ignore[union-attr]
        remaining = rows.exclude(**empty).order_by("pk").values_list("pk", flat=True)
        while some := list(remaining[:ROWS]):
            with transaction.atomic():
                yield self.model._default_manager.filter(pk__in=some).update(**empty)


@dataclass(frozen=True)
class Retention:
    """A kind of data that is kept for `PURSER_<KIND>_RETENTION_DAYS`.

    `forget` takes the instant before which all goes, and the id of the row that tells of it.
    """

    kind: str
    forget: Callable[[datetime, int], Batches]


def rows_of_customer(model: type[Model], customer_id: str) -> QuerySet[Any]:
    own = Q()
    for path in model.CUSTOMER_PATHS:  # type: ignore[attr-defined]
        own |= Q(**{path: customer_id})
    return model._default_manager.filter(own)


def delete_in_batches(rows: QuerySet[Any]) -> Batches:
    """Deletes rows, and what hangs on them; two that do so take different ones."""
    while True:
        with transaction.atomic():
            held = rows.order_by("pk").select_for_update(skip_locked=True, of=("self",))
            some = list(held.values_list("pk", flat=True)[:ROWS])
            if not some:
                return
            rows.model._default_manager.filter(pk__in=some).delete()
        yield len(some)


@cache
def holdings() -> Sequence[Holding]:
    """All of them, those last that tell of what happens to the others."""
    found = [each for module in _declared() for each in getattr(module, "HOLDINGS", ())]
    return sorted(found, key=lambda holding: holding.is_last)


@cache
def retentions() -> Sequence[Retention]:
    return [each for module in _declared() for each in getattr(module, "RETENTIONS", ())]


def _declared() -> Iterator[Any]:
    for app in apps.get_app_configs():
        name = f"{app.name}.personal_data"
        if app.name.startswith("controlplane.") and find_spec(name) is not None:
            yield import_module(name)
