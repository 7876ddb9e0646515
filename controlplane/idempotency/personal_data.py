"""What is held of kept answers. They are gone within a day; an erasure does not wait for it."""

from collections.abc import Callable, Iterable
from typing import Any

from controlplane.accounts.models import ApiToken, Team
from controlplane.budgets.models import Budget
from controlplane.idempotency import services
from controlplane.idempotency.models import KeptAnswer
from controlplane.keys.models import VirtualKey
from controlplane.personal_data import Batches, Erasing, Holding, rows_of_customer


def _erase(erasing: Erasing) -> Batches:
    """Those that name the customer or anything of its."""
    ids = {erasing.customer_id}
    for model in (Team, VirtualKey, Budget, ApiToken):
        rows = rows_of_customer(model, erasing.customer_id)
        ids |= set(rows.values_list("pk", flat=True))
    yield from services.forget_bodies(_names_any(ids))


def _names_any(ids: set[Any]) -> Callable[[Any], bool]:
    def holds(body: Any) -> bool:
        if isinstance(body, str):
            return body in ids
        parts: Iterable[Any] = body.values() if isinstance(body, dict) else ()
        return any(holds(part) for part in (body if isinstance(body, list) else parts))

    return holds


HOLDINGS = (Holding("kept-answers", KeptAnswer, erase=_erase, hidden=("sealed",)),)
