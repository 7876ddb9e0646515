"""Two people at one limit: whoever saves second is told what the first one did.

A version is what people decided of a budget, the changes of its limit that hold included; what is
spent of it moves by itself and is none of it.
"""

import hashlib
from collections.abc import Iterable

from django.utils import timezone as clock

from controlplane import saving
from controlplane.budgets.models import Budget, LimitChange
from controlplane.budgets.queries import changes_in_force
from controlplane.errors import Conflict

VERSION_LENGTH = 32


class Outdated(Conflict):
    """The budget is no longer what whoever asks has seen."""


def version_of(budget: Budget, changes: Iterable[LimitChange]) -> str:
    """`changes` are those of its limit that hold now."""
    held = sorted(f"{each.pk} {each.amount_usd.normalize()}" for each in changes)
    decided = [budget.limit_usd.normalize(), budget.window, budget.timezone, budget.enforcement]
    text = "\n".join([*map(str, decided), str(budget.archived_at), *held])
    return hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH]


def hold_version(budget: Budget, version: str, *, also: Budget | None = None) -> None:
    """Nobody else changes the limits until the transaction ends. Raises `Outdated`.

    Rows are held in the order of their ids, as by `lend`.
    """
    ids = sorted({budget.pk, *([also.pk] if also else [])})
    held = {pk: saving.lock(Budget(pk=pk)) for pk in ids}
    changes = changes_in_force(clock.now()).filter(budget=budget)
    if version_of(held[budget.pk], changes) != version:
        raise Outdated("outdated", "The limit was changed meanwhile. Look, and decide anew.")
