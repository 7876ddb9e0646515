"""What people call what a filter, a row or a chart names by its id."""

from collections.abc import Iterable, Mapping

from django.db.models import CharField, Value

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


def all_names(
    wanted: Mapping[str, Iterable[object]], viewer: Principal
) -> dict[str, dict[str, str]]:
    """What ids are called, by dimension and id; one query at most.

    A row outlives what it names: of what is gone, the id is all that is left.
    """
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
