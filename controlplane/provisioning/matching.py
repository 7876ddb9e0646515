"""Which budget and which price an entry without an id means, so that applying twice makes no two.

A budget is the owner's budget of its window; where there are several, the one with its
enforcement. A price is the model's from its date on; without a date it is the one that holds now.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone as clock

from controlplane.accounts.permissions import Resource
from controlplane.budgets.models import Budget, Enforcement
from controlplane.catalog.models import RATES, Price, ServiceTier
from controlplane.provisioning.current import Rows
from controlplane.provisioning.desired import Desired
from controlplane.provisioning.forms.form import Entry

Owner = tuple[str, str]
INHERITED = ("name", "metadata", "tiers", "daily_until", *RATES)


def match_budgets(desired: Desired, rows: Rows) -> None:
    """Gives entries the ids of the budgets that they mean, and says what means none or several."""
    entries = desired.entries[Resource.BUDGETS]
    named = {entry.id for entry in entries if entry.id is not None}
    stored: dict[tuple[Owner, str], list[Budget]] = defaultdict(list)
    for row in rows.all(Resource.BUDGETS):
        if row.id in named and row.archived_at is not None:
            entry = next(each for each in entries if each.id == row.id)
            message = "This id is an archived budget's, which the books need: choose another."
            desired.problems.append(entry.problem("id", message))
        elif row.id not in named:
            stored[(row.owner_type, row.owner_id), row.window].append(row)
    wanted: dict[tuple[Owner, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        owner, window = _owner(entry), entry.values.get("window")
        if entry.id is None and owner is not None and window is not None:
            wanted[owner, window].append(entry)
    for key, same in wanted.items():
        _match(desired, same, stored.get(key, []))


def _match(desired: Desired, entries: Sequence[Entry], rows: Sequence[Budget]) -> None:
    """Budgets of one owner and window."""
    if len(entries) == 1 and len(rows) == 1:
        entries[0].id = rows[0].id
        return
    by_enforcement: dict[str, Entry] = {}
    for entry in entries:
        enforcement = entry.values.get("enforcement", Enforcement.HARD)
        earlier = by_enforcement.setdefault(enforcement, entry)
        if earlier is not entry:
            message = (
                f"Another budget of this owner and window, in line {earlier.place.line}, says the "
                "same: give them ids."
            )
            desired.problems.append(entry.problem("window", message))
            continue
        same = [row for row in rows if row.enforcement == enforcement]
        if len(same) > 1:
            ids = ", ".join(sorted(row.id for row in same))
            message = f"The owner has several such budgets: say by 'id' which is meant ({ids})."
            desired.problems.append(entry.problem("window", message))
        elif same:
            entry.id = same[0].id


def _owner(entry: Entry) -> Owner | None:
    owner_type, owner = entry.values.get("owner_type"), entry.values.get("owner")
    return None if owner_type is None or owner is None else (owner_type, owner)


def match_prices(desired: Desired, rows: Rows) -> None:
    by_model: dict[str, list[Price]] = defaultdict(list)
    for row in rows.all(Resource.PRICES):
        by_model[row.model_id].append(row)
    seen: dict[Any, Entry] = {}
    for entry in desired.entries[Resource.PRICES]:
        model_id = entry.values.get("model_id")
        if entry.id is not None or model_id is None:
            continue
        tier = entry.values.get("service_tier", ServiceTier.STANDARD)
        daily_from = entry.values.get("daily_from")
        valid_from = entry.values.get("valid_from")
        earlier = seen.setdefault((model_id, tier, daily_from, valid_from), entry)
        if earlier is not entry:
            message = f"This price is here twice, first in line {earlier.place.line}."
            desired.problems.append(entry.problem("model_id", message))
        same = [
            row
            for row in by_model[model_id]
            if (row.service_tier, row.daily_from) == (tier, daily_from)
        ]
        _match_price(entry, same, valid_from)


def _match_price(entry: Entry, rows: Sequence[Price], valid_from: datetime | None) -> None:
    """A price from now on goes on from the one that holds, in what it does not say anew."""
    if valid_from is not None:
        entry.id = next((row.id for row in rows if row.valid_from == valid_from), None)
        return
    held = [row for row in rows if row.valid_from <= clock.now()]
    if not held:
        return
    latest = max(held, key=lambda row: row.valid_from)
    if all(getattr(latest, name) == value for name, value in entry.values.items()):
        entry.id = latest.id
    else:
        inherited = {name: getattr(latest, name) for name in INHERITED}
        entry.values = {**inherited, **entry.values}
