"""What moved most: the keys whose spend differs most, and why in words."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from billing.because import because
from billing.differences import Consumed, split
from controlplane.dashboard.overview.figures import Figures, Key
from controlplane.usage.consumption import consumed_by_model
from controlplane.usage.summary import Group, Summary

MODEL = 2  # its place among the values


@dataclass(frozen=True)
class Mover:
    """A key (of a customer) and what it cost, this time and the other."""

    customer_id: str | None
    virtual_key_id: str | None
    now: Decimal
    before: Decimal
    because: str

    @property
    def difference(self) -> Decimal:
        return self.now - self.before


def movers(known: Figures) -> list[Mover]:
    """The largest differences first, whichever way; none where nothing is compared."""
    later, earlier = _by_key(known.keys), _by_key(known.keys_before)
    return [
        Mover(*_texts(key), now, before, because(split(earlier.get(key, {}), later.get(key, {}))))
        for key, (now, before) in known.moved.items()
    ]


def _by_key(summary: Summary | None) -> dict[Key, dict[str, Consumed]]:
    """By customer and key, what was consumed of each model."""
    groups: dict[Key, list[Group]] = defaultdict(list)
    for group in summary.groups if summary else ():
        groups[group.values[:MODEL]].append(group)
    return {key: consumed_by_model(each, MODEL) for key, each in groups.items()}


def _texts(key: Key) -> tuple[str | None, str | None]:
    customer, virtual_key = (None if each is None else str(each) for each in key)
    return customer, virtual_key
