"""What people call what a filter, a row or a chart names by its id."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Principal, visible
from controlplane.keys.models import VirtualKey

NAMED: Mapping[str, type[Customer] | type[Team] | type[VirtualKey]] = {
    "customer": Customer,
    "team": Team,
    "virtual_key": VirtualKey,
}
UNSET = {
    "customer": "no customer",
    "team": "no team",
    "virtual_key": "no key",
    "provider": "no provider",
    "model": "no model",
}


def names_of(dimension: str, ids: Iterable[object], viewer: Principal) -> dict[str, str]:
    """By id, for those that are known by more than it; one query at most.

    A row outlives what it names: of what is gone, the id is all that is left.
    """
    wanted = sorted({str(each) for each in ids if each})
    if dimension not in NAMED or not wanted:
        return {each: each for each in wanted}
    kind = NAMED[dimension]
    rows: QuerySet = visible(kind._default_manager.filter(pk__in=wanted), viewer)
    known = {row.pk: str(row) for row in rows.only("id", "name")}
    return {each: known.get(each, f"{each} (deleted)") for each in wanted}


def name_in(names: Mapping[str, str], dimension: str, value: object) -> str:
    """A value's name; one that is missing has a word, too."""
    if value is None or value == "":
        return UNSET.get(dimension, "not set")
    return names.get(str(value), str(value))
