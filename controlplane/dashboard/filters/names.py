"""What people call what a filter, a row or a chart names by its id."""

from collections.abc import Iterable, Mapping

from django.db.models import CharField, QuerySet, Value

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


def all_names(
    wanted: Mapping[str, Iterable[object]], viewer: Principal
) -> dict[str, dict[str, str]]:
    """Names of several kinds of objects at once, by dimension and id; one query at most."""
    ids = {kind: sorted({str(each) for each in many if each}) for kind, many in wanted.items()}
    found = [
        visible(NAMED[kind]._default_manager.filter(pk__in=many), viewer)
        .order_by()
        .values_list(Value(kind, output_field=CharField()), "id", "name")
        for kind, many in ids.items()
        if kind in NAMED and many
    ]
    known = {
        (kind, pk): name or pk for kind, pk, name in (found[0].union(*found[1:]) if found else ())
    }
    return {
        kind: {
            each: known.get((kind, each), f"{each} (deleted)" if kind in NAMED else each)
            for each in many
        }
        for kind, many in ids.items()
    }


def name_in(names: Mapping[str, str], dimension: str, value: object) -> str:
    """A value's name; one that is missing has a word, too."""
    if value is None or value == "":
        return UNSET.get(dimension, "not set")
    return names.get(str(value), str(value))
