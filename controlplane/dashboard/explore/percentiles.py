"""Percentiles as Explore shows them: each is computed anew from latencies, and never averaged."""

from typing import cast

from controlplane.dashboard.explore.choices import Choices
from controlplane.dashboard.explore.cube import SHOWN, Cube, Item, Name
from controlplane.dashboard.explore.measures import Percentile, Value
from controlplane.dashboard.filters.reading import PageFilter
from controlplane.usage.filters import RecordFilter
from controlplane.usage.latencies import Latencies, latencies
from controlplane.usage.limits import limited_report


def cube_of_percentiles(chosen: PageFilter, choices: Choices) -> Cube:
    """The busiest series. Raises `DomainError` for what latencies are not counted by."""
    with limited_report():
        return _cube(chosen, choices, cast(Percentile, choices.measure).name)


def _cube(chosen: PageFilter, choices: Choices, name: str) -> Cube:
    now, before = chosen.records, chosen.compared_records
    series = sorted(latencies(now, (choices.by,)), key=lambda one: -one.percentiles.answers)
    past = _by_name(before, choices, name)
    items = [
        Item(one.values[0], _value(one, name), past.get(one.values[0])) for one in series[:SHOWN]
    ]
    over_time: dict[Name, dict[str, Value]] = {}
    for one in latencies(now, (choices.by, choices.each)):
        over_time.setdefault(one.values[0], {})[str(one.values[1])] = _value(one, name)
    rows, cells = _second(now, choices, name)
    whole = latencies(now)
    total = Item(None, _value(whole[0], name) if whole else None, None)
    return Cube(items, None, total, over_time, {}, {}, cells, rows)


def _by_name(before: RecordFilter | None, choices: Choices, name: str) -> dict[Name, Value]:
    if before is None:
        return {}
    return {one.values[0]: _value(one, name) for one in latencies(before, (choices.by,))}


def _second(
    now: RecordFilter, choices: Choices, name: str
) -> tuple[dict[Name, Value], dict[tuple[Name, Name], Value]]:
    if choices.then is None:
        return {}, {}
    rows: dict[Name, Value] = {
        one.values[0]: _value(one, name) for one in latencies(now, (choices.then,))
    }
    found = latencies(now, (choices.by, choices.then))
    return rows, {(one.values[1], one.values[0]): _value(one, name) for one in found}


def _value(one: Latencies, name: str) -> int:
    return round(getattr(one.percentiles, name))
