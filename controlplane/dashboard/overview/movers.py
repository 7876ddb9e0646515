"""What moved most: the keys whose spend differs most, and why in words."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from billing.because import because
from billing.differences import Consumed, split
from billing.money import ZERO
from controlplane.dashboard.overview.figures import Figures
from controlplane.usage.consumption import consumed_by_model
from controlplane.usage.summary import Group, Summary

MOVERS = 5
MODEL = 2  # its place among the values

Key = tuple[str | None, str | None]


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
    if known.keys_before is None:
        return []
    later, earlier = _by_key(known.keys), _by_key(known.keys_before)

    def moved(key: Key) -> Decimal:
        return abs(_cost(later.get(key, {})) - _cost(earlier.get(key, {})))

    keys = sorted({*later, *earlier}, key=lambda key: (-moved(key), str(key)))
    # Only what is shown is explained: the split takes its time.
    return [
        _mover(key, earlier.get(key, {}), later.get(key, {})) for key in keys[:MOVERS] if moved(key)
    ]


def _mover(key: Key, earlier: dict[str, Consumed], later: dict[str, Consumed]) -> Mover:
    return Mover(*key, _cost(later), _cost(earlier), because(split(earlier, later)))


def _cost(series: dict[str, Consumed]) -> Decimal:
    return sum((each.cost_usd for each in series.values()), ZERO)


def _by_key(summary: Summary) -> dict[Key, dict[str, Consumed]]:
    """By customer and key, what was consumed of each model."""
    groups: dict[Key, list[Group]] = defaultdict(list)
    for group in summary.groups:
        customer, key, *_ = map(_text, group.values)
        groups[customer, key].append(group)
    return {key: consumed_by_model(each, MODEL) for key, each in groups.items()}


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
